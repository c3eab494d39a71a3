import Access
import Foundation
import Inference
import Registry
import Store
import Types

extension Administration {
    /// A backup as it is told of.
    public struct BackupSummary: Sendable {
        /// The directory.
        public let path: String
        /// How many files it has, and their bytes.
        public let files: Int
        /// Of all files.
        public let bytes: Int64
        /// Bytes that were written; the others are shared with the data directory.
        public let copiedBytes: Int64
        /// How long it took; 0 for one that was only read.
        public let seconds: Double
    }

    /// Backs up a data directory whose server is stopped.
    ///
    /// - Throws: `failedPrecondition` while a server uses the directory.
    public static func backUp(to path: String, configuration: ServerConfiguration) throws -> BackupSummary {
        let directory = try existing(configuration)
        defer { directory.release() }
        var writer = try BackupWriter(of: directory.url, to: URL(fileURLWithPath: path).standardizedFileURL)
        do {
            try CatalogFile.copy(directory.catalogFile, to: writer.catalog)
            try writer.takeBlobs()
            try writer.take(directory: directory.databases, as: "databases")
            try writer.take(directory: directory.keys, as: "keys")
            try writer.take(file: directory.url.appending(path: "format"), as: "format")
            let done = try writer.finish()
            return BackupSummary(
                path: done.path, files: done.files, bytes: done.bytes, copiedBytes: done.copiedBytes,
                seconds: done.seconds)
        } catch {
            writer.abandon()
            throw error
        }
    }

    /// Makes a data directory of a backup.
    ///
    /// - Throws: `failedPrecondition` for a directory that is not empty, `corrupt` for a damaged backup.
    public static func restore(_ backup: String, to path: String) throws -> BackupSummary {
        let target = URL(fileURLWithPath: path).standardizedFileURL
        let manifest = try BackupRestore.restore(URL(fileURLWithPath: backup).standardizedFileURL, to: target)
        return BackupSummary(
            path: target.path, files: manifest.files, bytes: manifest.bytes, copiedBytes: manifest.bytes, seconds: 0)
    }

    /// Sees that every file of a backup is there as it was written.
    ///
    /// - Throws: `corrupt` naming the first that is not.
    public static func check(_ backup: String) throws -> BackupSummary {
        let url = URL(fileURLWithPath: backup).standardizedFileURL
        let manifest = try BackupRestore.check(url)
        return BackupSummary(
            path: url.path, files: manifest.files, bytes: manifest.bytes, copiedBytes: 0, seconds: 0)
    }

    /// Counts, or removes, what nothing refers to in a data directory whose server is stopped.
    public static func collect(isDryRun: Bool, configuration: ServerConfiguration) throws -> CollectionReport {
        let directory = try existing(configuration)
        defer { directory.release() }
        let catalog = try CatalogStore(file: directory.catalogFile, clock: .wall)
        let artifacts = try ArtifactStore(directory: directory.blobs)
        let registry = ModelRegistry(
            catalog: catalog, artifacts: artifacts,
            trees: try VersionTree(directory: directory.versions, artifacts: artifacts), access: AccessControl())
        let report = try GarbageCollector(
            registry: registry, databases: directory.databases, environments: directory.environments,
            environmentsInUse: [],
            retentionSeconds: configuration.collectionRetentionSeconds,
            graceSeconds: configuration.collectionGraceSeconds,
            trackingRetentionSeconds: configuration.trackingRetentionSeconds
        ).run(isDryRun: isDryRun)
        try catalog.close()
        return report
    }

    /// Takes hold of a data directory that is there.
    ///
    /// - Throws: `notFound` for a directory that is none, `failedPrecondition` while a server uses it.
    static func existing(_ configuration: ServerConfiguration) throws -> DataDirectory {
        let url = URL(fileURLWithPath: configuration.dataDirectory).standardizedFileURL
        guard FileManager.default.fileExists(atPath: url.appendingPathComponent("catalog.sqlite").path) else {
            throw RegistryError(
                .notFound, "'\(url.path)' is no data directory of Roost.", hint: "Name it with --data-directory.")
        }
        return try DataDirectory(at: url)
    }
}
