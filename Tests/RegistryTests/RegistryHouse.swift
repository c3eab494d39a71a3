import Access
import Foundation
import Packaging
import Store
import Synchronization
import Types

@testable import Registry

/// A registry in a directory of its own with ML.REGISTRY and ML.OTHER, an administrator and a clock moved by hand.
final class RegistryHouse: Sendable {
    let directory: URL
    let catalog: CatalogStore
    let artifacts: ArtifactStore
    let registry: ModelRegistry
    let accounts: Accounts
    let access = AccessControl()
    let clock = HandClock()
    let admin = Principal(user: name("ADMIN"), role: name("ACCOUNTADMIN"))

    init(limits: RegistryLimits = RegistryLimits()) throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "registry-\(UUID().uuidString)")
        let versions = directory.appending(path: "versions")
        try FileManager.default.createDirectory(at: versions, withIntermediateDirectories: true)
        let time = TimeSource { [clock] in clock.now }
        catalog = try CatalogStore(file: directory.appending(path: "catalog.sqlite"), clock: time)
        // Nothing here is about power cuts; waiting for the disk would be most of the time.
        _ = try catalog.pragma("synchronous = OFF")
        artifacts = try ArtifactStore(directory: directory.appending(path: "blobs"))
        registry = ModelRegistry(
            catalog: catalog, artifacts: artifacts, trees: try VersionTree(directory: versions, artifacts: artifacts),
            access: access, time: time, limits: limits)
        accounts = Accounts(catalog: catalog, access: access, cost: .cheapest, time: time)
        _ = try accounts.bootstrap(password: "correct horse battery")
        let owner = Principal(user: name("ADMIN"), role: name("SYSADMIN"))
        _ = try registry.createDatabase(name("ML"), as: owner)
        _ = try registry.createSchema(RegistryHouse.schema, as: admin)
        _ = try registry.createSchema(Namespace(name("ML"), name("OTHER")), as: admin)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    static let schema = Namespace(name("ML"), name("REGISTRY"))

    /// A role of a new user of the same name, with these privileges on ML.REGISTRY besides USAGE.
    func member(_ text: String, _ privileges: [String] = []) throws -> Principal {
        let identifier = name(text)
        try accounts.createRole(identifier, as: admin)
        try accounts.createUser(identifier, as: admin)
        try accounts.grantRole(identifier, to: .user, identifier, as: admin)
        let database = try registry.findDatabase(name("ML"), as: admin).reference
        let schema = try registry.findSchema(RegistryHouse.schema, as: admin).reference
        _ = try accounts.grant(["USAGE"], on: .object(database), to: identifier, as: admin)
        _ = try accounts.grant(["USAGE"] + privileges, on: .object(schema), to: identifier, as: admin)
        return Principal(user: identifier, role: identifier)
    }

    func grant(_ privilege: String, on model: ObjectName, to role: String) throws {
        let reference = try registry.find(.model, model, as: admin).reference
        _ = try accounts.grant([privilege], on: .object(reference), to: name(role), as: admin)
    }

    /// Puts a sample package of the stock client into a stage of the session.
    @discardableResult
    func upload(
        _ sample: String, to stage: ObjectName = object("STAGE"), session: Int64 = 1,
        edit: (inout [String: String]) -> Void = { _ in }
    )
        throws -> VersionSource
    {
        var files = try SampleFiles.read(sample)
        edit(&files)
        _ = try registry.createStage(stage, mode: .ifNotExists, temporarySession: session, as: admin)
        let upload = try registry.authorizeUpload(to: .stage(stage, path: "model"), session: session, as: admin)
        for (path, text) in files {
            let blob = try artifacts.ingest(Array(text.utf8))
            try registry.recordUpload(of: blob, to: upload.target, path: "\(upload.directory)/\(path)")
        }
        return .stage(stage, path: "model")
    }

    /// Makes a model with a first version from the sample.
    @discardableResult
    func log(_ model: String, _ version: String, sample: String = "iris") throws -> LoggedVersion {
        let source = try upload(sample)
        let target = object(model)
        if let existing = try registry.createModel(
            target, version: name(version), from: source, mode: .ifNotExists, session: 1, as: admin)
        {
            return existing
        }
        return try registry.addVersion(name(version), to: target, from: source, session: 1, as: admin)
    }

    /// The error of what is expected to fail, nil where it does not.
    func failure<T>(_ body: () throws -> T) -> RegistryError? {
        do { _ = try body() } catch { return error as? RegistryError }
        return nil
    }
}

/// The sample packages in `Tests/Fixtures/Packages`.
enum SampleFiles {
    static func read(_ name: String) throws -> [String: String] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/Packages/\(name)")
        var files: [String: String] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: root.path) {
            let url = root.appending(path: path)
            let isDirectory = try url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory ?? false
            if !isDirectory { files[path] = try String(contentsOf: url, encoding: .utf8) }
        }
        return files
    }
}

func name(_ text: String) -> Identifier { Identifier(resolved: text) }

/// An object of ML.REGISTRY.
func object(_ text: String, in schema: String = "REGISTRY") -> ObjectName {
    ObjectName(name("ML"), name(schema), name(text))
}

/// Milliseconds that move on by one at every look, and by more on demand.
final class HandClock: Sendable {
    private let value = Mutex<Int64>(1_700_000_000_000)

    var now: Int64 {
        value.withLock {
            $0 += 1
            return $0
        }
    }

    func advance(seconds: Int64) { value.withLock { $0 += seconds * 1000 } }
}
