package import Foundation
import Types

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The files of versions as directory trees, `versions/<version id>/…`, made of links into the artifact store.
///
/// A tree is a cache for workers, which want paths: it appears whole, by a rename, and can be removed and made again
/// at any time. Files and directories are read-only. Any thread may call.
package struct VersionTree: Sendable {
    private let directory: URL
    private let artifacts: ArtifactStore

    /// - Parameter directory: the data directory's `versions`. Trees that were left half made are removed.
    package init(directory: URL, artifacts: ArtifactStore) throws {
        self.directory = directory
        self.artifacts = artifacts
        do {
            for name in try FileManager.default.contentsOfDirectory(atPath: directory.path) where name.hasPrefix(".") {
                discard(directory.appending(path: name))
            }
        } catch {
            throw RegistryError(.unavailable, "The directory '\(directory.path)' can't be read.", cause: error)
        }
    }

    /// Where the version's tree is or will be.
    package func path(_ versionID: Int64) -> URL { directory.appending(path: "\(versionID)") }

    /// Makes the version's tree, unless it is there.
    ///
    /// - Parameter files: digests by path.
    /// - Returns: the tree's root.
    /// - Throws: `invalidArgument` for a path that leads out or is both a file and a directory, `notFound` for a
    ///   content that is not in the store, `unavailable` for a full or failing disk. Nothing is left then.
    package func materialize(_ versionID: Int64, files: [(path: String, digest: String)]) throws -> URL {
        let target = path(versionID)
        if access(target.path, F_OK) == 0 { return target }
        let building = directory.appending(path: ".\(versionID)-\(UUID().uuidString)")
        do {
            try make(building)
            var made: Set<String> = [""]
            for file in files { try link(file, into: building, made: &made) }
            for part in made.sorted(by: >) {
                chmod(part.isEmpty ? building.path : building.appending(path: part).path, 0o555)
            }
            // The root keeps its write bit until the rename, which changes its `..` entry.
            chmod(building.path, 0o755)
            if rename(building.path, target.path) != 0 {
                let number = errno
                guard number == EEXIST || number == ENOTEMPTY else {
                    throw RegistryError.file("finish a version's directory", number)
                }
                discard(building)
                return target
            }
            chmod(target.path, 0o555)
            return target
        } catch {
            discard(building)
            throw error
        }
    }

    /// Removes the version's tree, if it is there.
    package func remove(_ versionID: Int64) {
        let moved = directory.appending(path: ".\(versionID)-\(UUID().uuidString)")
        chmod(path(versionID).path, 0o755)
        if rename(path(versionID).path, moved.path) == 0 { discard(moved) }
    }

    private func link(_ file: (path: String, digest: String), into root: URL, made: inout Set<String>) throws {
        let path = try ArtifactPath.normalized(file.path)
        let parts = path.split(separator: "/")
        for count in 0..<(parts.count - 1) {
            let part = parts[...count].joined(separator: "/")
            if made.contains(part) { continue }
            try make(root.appending(path: part))
            made.insert(part)
        }
        let source = artifacts.file(file.digest)
        let target = root.appending(path: path)
        if Self.hardLink(source, target) == 0 { return }
        switch errno {
        case EEXIST, ENOTDIR:
            throw RegistryError(
                .invalidArgument, "The file path '\(path)' is both a file and a directory, or given twice.")
        case EXDEV, EMLINK, EPERM:
            do {
                try FileManager.default.copyItem(at: source, to: target)
                chmod(target.path, 0o444)
            } catch {
                throw RegistryError(.unavailable, "The server could not copy a version's file.", cause: error)
            }
        default:
            throw RegistryError.file("link the version's file '\(path)'", errno)
        }
    }

    private static func hardLink(_ source: URL, _ target: URL) -> Int32 {
        #if canImport(Glibc)
            Glibc.link(source.path, target.path)
        #else
            Darwin.link(source.path, target.path)
        #endif
    }

    private func make(_ url: URL) throws {
        guard mkdir(url.path, 0o755) == 0 else {
            guard errno == EEXIST || errno == ENOTDIR else {
                throw RegistryError.file("create a version's directory", errno)
            }
            throw RegistryError(
                .invalidArgument, "The file path '\(url.lastPathComponent)' is both a file and a directory.")
        }
    }

    /// Removes a tree with its read-only directories.
    private func discard(_ url: URL) {
        chmod(url.path, 0o755)
        if let walk = FileManager.default.enumerator(at: url, includingPropertiesForKeys: [.isDirectoryKey]) {
            for case let entry as URL in walk where entry.hasDirectoryPath { chmod(entry.path, 0o755) }
        }
        try? FileManager.default.removeItem(at: url)
    }
}
