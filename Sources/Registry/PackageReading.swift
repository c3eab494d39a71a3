import Access
import Foundation
package import Packaging
import Store
import Types

/// A package that was read and checked, ready to become a version.
struct PreparedVersion {
    let files: [FileRow]
    let content: VersionContent
}

extension ModelRegistry {
    /// The files that a source holds, with paths from the package's root.
    func files(
        of source: VersionSource, session: Int64?, as principal: Principal, in reader: CatalogReader
    ) throws -> (files: [FileRow], origin: [String: String]) {
        switch source {
        case .stage(let name, let path):
            let stage = try locate(.stage, name, session: session, as: principal, in: reader)
            if stage.row.sessionID == nil {
                try access.require(.readStage, on: stage.reference, as: principal, in: reader)
            }
            let root = try directory(path)
            let files = below(root, try reader.stageFiles(stage.id, below: root))
            guard !files.isEmpty else {
                throw RegistryError(
                    .invalidPackage, "The stage directory '@\(name)/\(root)' holds no files.",
                    hint: "Put the package's files there first.")
            }
            return (files, ["stage": name.description, "path": root])
        case .version(let name, let version, let path):
            let model = try locate(.model, name, as: principal, in: reader)
            try access.require(.copyModel, on: model.reference, as: principal, in: reader)
            let found = try resolve(version, of: model, in: reader)
            let root = try directory(path)
            return (
                below(root, try reader.artifacts(found.id, below: root)),
                ["model": name.description, "version": found.name.name]
            )
        }
    }

    /// Reads and checks the package that the files make up. Reads file contents: not for inside a write.
    func prepare(_ files: [FileRow], origin: [String: String]) throws -> PreparedVersion {
        let size = files.reduce(Int64(0)) { $0 + $1.blob.size }
        try PackageLimits.check(
            files.count, "files in a version", atMost: limits.filesPerVersion, setting: "limit-files-per-version")
        try PackageLimits.check(
            Int(size), "bytes in a version", atMost: limits.versionBytes, setting: "limit-version-bytes")
        try refuseClashes(files)
        let package = try package(of: files)
        var content = VersionContent()
        content.userData = package.userData
        content.attributes = try json(package.attributes)
        content.runnableIn = try json(package.targetPlatforms)
        content.environment = try json(package.environment)
        content.source = try json(origin)
        content.digest = Blob.treeDigest(files)
        content.size = size
        content.methods = try package.methods.map { (name: $0.name, signature: try json($0)) }
        return PreparedVersion(files: files, content: content)
    }

    /// What the package says of itself. Reads file contents: not for inside a write.
    func package(of files: [FileRow]) throws -> ModelPackage {
        let digests = Dictionary(files.map { ($0.path, $0.blob.digest) }, uniquingKeysWith: { first, _ in first })
        let sizes = Dictionary(files.map { ($0.path, Int($0.blob.size)) }, uniquingKeysWith: { first, _ in first })
        return try ModelPackage(paths: Set(digests.keys), limits: limits.package) { path, limit in
            guard let digest = digests[path], let size = sizes[path] else {
                throw RegistryError(.invalidPackage, "The package holds no file '\(path)'.")
            }
            if path != ModelYAML.fileName {
                // What is left of the limit is for this file: the others took the rest.
                try PackageLimits.check(
                    limits.package.configurationBytes - limit + size, "bytes in the manifest and environment files",
                    atMost: limits.package.configurationBytes, setting: "limit-configuration-bytes")
            }
            return try text(path, digest: digest, limit: limit)
        }
    }

    /// The files that MLflow wants of a version beside its own, by their paths; none for one that MLflow wrote.
    ///
    /// Asks nobody: the version was resolved for a principal before.
    ///
    /// - Throws: `failedPrecondition` for a package that only its own handlers can load.
    package func mlflowFiles(
        of versionID: Int64, _ identity: MLflowExport.Identity
    ) throws -> [String: String] {
        let files = try catalog.read { try $0.artifacts(versionID) }
        let package = try package(of: files)
        return package.mlmodel == nil ? try MLflowExport(package, identity).files : [:]
    }

    /// What the MLmodel file of a version says, nil for a version that MLflow did not write.
    ///
    /// Asks nobody: the version was resolved for a principal before.
    package func mlmodel(of versionID: Int64) throws -> MLmodel? {
        try package(of: try catalog.read { try $0.artifacts(versionID) }).mlmodel
    }

    /// A path can't be a file and a directory: such a version could never be laid out for a worker.
    private func refuseClashes(_ files: [FileRow]) throws {
        let paths = Set(files.map(\.path))
        for path in paths {
            var directory = path[...]
            while let slash = directory.lastIndex(of: "/") {
                directory = directory[..<slash]
                guard !paths.contains(String(directory)) else {
                    throw RegistryError(
                        .invalidPackage, "The path '\(directory)' of the package is both a file and a directory.")
                }
            }
        }
    }

    /// Checks, inside the write, that what was prepared is still what the source holds: what a source no longer holds
    /// may be collected at any moment.
    func recheck(
        _ prepared: PreparedVersion, _ source: VersionSource, session: Int64?, as principal: Principal,
        in tx: CatalogTransaction
    ) throws {
        let files = try files(of: source, session: session, as: principal, in: tx).files
        guard Blob.treeDigest(files) == prepared.content.digest else {
            throw RegistryError(.conflict, "The files of the source changed meanwhile.", hint: "Try again.")
        }
    }

    /// A small text file of the store.
    func text(_ path: String, digest: String, limit: Int) throws -> String {
        let bytes: [UInt8]
        do {
            bytes = try artifacts.bytes(digest, limit: limit)
        } catch let error as RegistryError where error.code == .limitExceeded {
            throw RegistryError(
                .limitExceeded, "The file '\(path)' is too large: at most \(limit) bytes are allowed for it.")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw RegistryError(.invalidPackage, "The file '\(path)' is not UTF-8 text.")
        }
        return text
    }

    func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// A directory as written: `""` for the root, else normalised.
    func directory(_ path: String) throws -> String {
        let isRoot = path.split(separator: "/").allSatisfy { $0 == "." }
        return isRoot && !path.hasPrefix("/") ? "" : try ArtifactPath.normalized(path)
    }

    private func below(_ root: String, _ files: [FileRow]) -> [FileRow] {
        guard !root.isEmpty else { return files }
        return files.compactMap { file in
            guard file.path.hasPrefix(root + "/") else { return nil }
            return FileRow(
                path: String(file.path.dropFirst(root.count + 1)), blob: file.blob, modified: file.modified)
        }
    }
}
