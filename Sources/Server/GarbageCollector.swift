import Foundation
import Inference
import Packaging
import Registry
import Store
import Types

/// What `roost gc` finds in a data directory and removes.
public struct CollectionReport: Codable, Sendable {
    /// One kind of what goes.
    public struct Line: Codable, Sendable {
        /// In words.
        public let kind: String
        /// How many.
        public let count: Int
        /// What they take on disk; 0 where that is counted under another kind.
        public let bytes: Int64
    }

    /// Whether it was removed, or only counted.
    public let applied: Bool
    /// Every kind, also those of which there is nothing.
    public let lines: [Line]
}

/// Removes, or counts, what nothing refers to any more.
struct GarbageCollector {
    let registry: ModelRegistry
    let databases: URL
    let environments: URL
    /// Names of environments that are kept in any case.
    let environmentsInUse: Set<String>
    /// As the settings `collection-retention` and `collection-grace`.
    let retentionSeconds: Int
    let graceSeconds: Int
    /// As the setting `tracking-retention`.
    let trackingRetentionSeconds: Int

    private var retention: Int64 { Int64(retentionSeconds) * 1000 }

    /// - Parameter isDryRun: whether nothing is removed.
    func run(isDryRun: Bool) throws -> CollectionReport {
        let lines = try collectFiles(isDryRun: isDryRun)
        let needed = try registry.neededEnvironments(retention: retention).map { EnvironmentSpec($0) }
        let unneeded = try EnvironmentCollection.unneeded(
            in: environments, needed: needed, inUse: environmentsInUse,
            builtBefore: Date(timeIntervalSinceNow: -Double(graceSeconds)))
        if !isDryRun { try EnvironmentCollection.remove(unneeded.map(\.name), in: environments) }
        return CollectionReport(
            applied: !isDryRun,
            lines: lines + [
                .init(kind: "environments", count: unneeded.count, bytes: unneeded.reduce(0) { $0 + $1.bytes })
            ])
    }

    /// What a running server does by itself: all but the environments.
    func collectFiles(isDryRun: Bool) throws -> [CollectionReport.Line] {
        let found = try registry.collectGarbage(
            retention: retention, trackingRetention: Int64(trackingRetentionSeconds) * 1000,
            grace: Int64(graceSeconds) * 1000, isDryRun: isDryRun)
        let gone = try droppedDatabases()
        if !isDryRun { for file in gone { try remove(file.url) } }
        return [
            .init(kind: "file contents", count: found.files, bytes: found.bytes),
            .init(kind: "dropped versions", count: found.versions, bytes: 0),
            .init(kind: "abandoned live versions", count: found.liveVersions, bytes: 0),
            .init(kind: "deleted runs", count: found.tracked.runs, bytes: 0),
            .init(kind: "deleted logged models", count: found.tracked.models, bytes: 0),
            .init(kind: "deleted experiments", count: found.tracked.experiments, bytes: 0),
            .init(kind: "files of dropped databases", count: gone.count, bytes: gone.reduce(0) { $0 + $1.bytes }),
        ]
    }

    /// The files that databases left which were dropped long ago.
    private func droppedDatabases() throws -> [(url: URL, bytes: Int64)] {
        try registry.droppedDatabases(retention: retention).flatMap { id in
            ["\(id).duckdb", "\(id).duckdb.wal"].map { databases.appending(path: $0) }
        }.filter { FileManager.default.fileExists(atPath: $0.path) }.map { ($0, try FileDigest.size($0)) }
    }

    private func remove(_ file: URL) throws {
        do { try FileManager.default.removeItem(at: file) } catch {
            throw RegistryError(.unavailable, "The file '\(file.path)' can't be removed.", cause: error)
        }
    }
}
