import Access
import Engine
import Foundation
import Store
import Synchronization
import Types

/// `SYSTEM$BACKUP` and `SYSTEM$COLLECT_GARBAGE`: what an administrator has a running server do.
struct AdministratorOperations: Sendable {
    let catalog: CatalogStore
    let artifacts: ArtifactStore
    let access: AccessControl
    let databases: UserDatabases
    let directory: DataDirectory
    /// Backups go below it and nowhere else; nil where that is not set.
    let backupDirectory: String?
    let collector: @Sendable () -> GarbageCollector
    private let isBackingUp = Flag()

    private final class Flag: Sendable {
        let value = Mutex(false)
    }

    init(
        catalog: CatalogStore, artifacts: ArtifactStore, access: AccessControl, databases: UserDatabases,
        directory: DataDirectory, backupDirectory: String?, collector: @escaping @Sendable () -> GarbageCollector
    ) {
        self.catalog = catalog
        self.artifacts = artifacts
        self.access = access
        self.databases = databases
        self.directory = directory
        self.backupDirectory = backupDirectory
        self.collector = collector
    }

    func register(with operations: ServerOperations) {
        operations["SYSTEM$BACKUP"] = { arguments, principal, isCancelled in
            try backUp(arguments, as: principal, isCancelled: isCancelled)
        }
        operations["SYSTEM$COLLECT_GARBAGE"] = { arguments, principal, _ in try collect(arguments, as: principal) }
    }

    private func require(_ doing: String, as principal: Principal) throws {
        try catalog.read { try access.require(.accountAdmin, to: doing, as: principal, in: $0) }
    }

    private func audit(_ principal: Principal, _ action: String, _ facts: [String: String]) throws {
        try catalog.write {
            try $0.audit(AuditEntry(principal, action, .account, to: facts), now: TimeSource.wall.now())
        }
    }

    private func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    // MARK: Backup

    private func backUp(
        _ arguments: [String], as principal: Principal, isCancelled: @escaping @Sendable () -> Bool
    ) throws -> String {
        try require("back up the server", as: principal)
        guard let name = arguments.first, arguments.count == 1 else {
            throw RegistryError(.invalidArgument, "SYSTEM$BACKUP takes one argument, the backup's name.")
        }
        guard let backupDirectory else {
            throw RegistryError(
                .failedPrecondition, "This server makes no backups: the setting 'backup-directory' is not set.",
                hint: "Start it with --backup-directory, or stop it and run 'roost backup' on its data directory.")
        }
        try AdministratorOperations.check(name)
        let isBusy = isBackingUp.value.withLock { busy in
            defer { busy = true }
            return busy
        }
        guard !isBusy else {
            throw RegistryError(.conflict, "Another backup is being taken.", hint: "Try again when it is done.")
        }
        defer { isBackingUp.value.withLock { $0 = false } }
        let target = URL(fileURLWithPath: backupDirectory).standardizedFileURL.appending(path: name)
        let summary = try write(to: target, isCancelled: isCancelled)
        try audit(principal, "BACK UP", ["name": name, "files": "\(summary.files)", "bytes": "\(summary.bytes)"])
        return try json(summary)
    }

    /// A name is one part of a path, visible and plain.
    static func check(_ name: String) throws {
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard isPlain, !name.isEmpty, name.utf8.count <= 100, !name.hasPrefix(".") else {
            throw RegistryError(
                .invalidArgument, "'\(name.prefix(100))' is no name for a backup.",
                hint: "Use up to 100 letters, digits, '-', '_' and '.', not beginning with '.'.")
        }
    }

    private func write(to target: URL, isCancelled: @escaping @Sendable () -> Bool) throws -> BackupWriter.Summary {
        var writer = try BackupWriter(of: directory.url, to: target, isCancelled: isCancelled)
        // DuckDB writes below the data directory only; what is left here after a crash goes at the next start.
        let scratch = directory.results.appending(path: "backup-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: scratch) }
        do {
            try BackupWriter.make(scratch)
            let snapshot = try artifacts.holdingCollection { () throws -> DatabaseSnapshot in
                let (snapshot, _) = try databases.snapshot(isCancelled: isCancelled) {
                    try catalog.backUp(to: writer.catalog)
                }
                try writer.takeBlobs()
                return snapshot
            }
            try snapshot.copy(into: scratch, isCancelled: isCancelled)
            try writer.take(directory: scratch, as: "databases")
            try writer.take(directory: directory.keys, as: "keys")
            try writer.take(file: directory.url.appending(path: "format"), as: "format")
            return try writer.finish()
        } catch {
            writer.abandon()
            throw error
        }
    }

    // MARK: Collection

    private func collect(_ arguments: [String], as principal: Principal) throws -> String {
        try require("collect garbage", as: principal)
        guard let word = arguments.first?.lowercased(), arguments.count == 1, ["plan", "apply"].contains(word) else {
            throw RegistryError(.invalidArgument, "SYSTEM$COLLECT_GARBAGE takes one argument: 'plan' or 'apply'.")
        }
        let report = try collector().run(isDryRun: word == "plan")
        if report.applied {
            let facts = report.lines.map { ($0.kind, "\($0.count), \($0.bytes) bytes") }
            try audit(principal, "COLLECT GARBAGE", Dictionary(facts) { first, _ in first })
        }
        return try json(report)
    }
}
