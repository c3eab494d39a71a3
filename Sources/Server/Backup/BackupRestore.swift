import Foundation
import Store
import Types

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Makes a data directory of a backup.
enum BackupRestore {
    /// Copies the backup to a directory that is not there or empty, and sees every file's digest on the way.
    ///
    /// - Returns: the backup's manifest.
    /// - Throws: `failedPrecondition` for a directory that is not empty; `corrupt` naming the first file that is missing or
    ///   was changed: nothing is left then.
    static func restore(_ backup: URL, to target: URL) throws -> BackupManifest {
        let manifest = try BackupManifest.read(backup)
        let files = try manifest.sums(of: backup)
        let entries = try? FileManager.default.contentsOfDirectory(atPath: target.path)
        guard entries?.isEmpty ?? (access(target.path, F_OK) != 0) else {
            throw RegistryError(
                .failedPrecondition, "The directory '\(target.path)' is not empty.", hint: "Restore into a new one.")
        }
        let around = target.deletingLastPathComponent()
        let partial = around.appending(path: ".\(target.lastPathComponent).\(UUID().uuidString).partial")
        do {
            try FileManager.default.createDirectory(at: around, withIntermediateDirectories: true)
            try BackupWriter.make(partial)
            var made: Set<String> = []
            for (path, digest) in files {
                let folder = path.split(separator: "/").dropLast().joined(separator: "/")
                if !folder.isEmpty, made.insert(folder).inserted {
                    try FileManager.default.createDirectory(
                        at: partial.appending(path: folder), withIntermediateDirectories: true,
                        attributes: [.posixPermissions: 0o700])
                }
                let found = try FileDigest.copy(
                    backup.appending(path: path), to: partial.appending(path: path),
                    mode: path.hasPrefix("blobs/") ? 0o444 : 0o600)
                guard found == digest else { throw changed(path) }
            }
            try CatalogFile.check(partial.appending(path: "catalog.sqlite"))
            for folder in made { try FileDigest.sync(partial.appending(path: folder)) }
            try FileDigest.sync(partial)
            guard rename(partial.path, target.path) == 0 else {
                throw FileDigest.failure("finish the directory", target, errno)
            }
            try FileDigest.sync(around)
        } catch {
            try? FileManager.default.removeItem(at: partial)
            switch error {
            case let error as RegistryError where error.code == .notFound:
                throw RegistryError(.corrupt, "The backup lacks a file. \(error.message)", cause: error)
            case is RegistryError: throw error
            default:
                throw RegistryError(.unavailable, "The directory '\(target.path)' can't be made.", cause: error)
            }
        }
        return manifest
    }

    /// Sees that every file of a backup is there as it was written.
    ///
    /// - Throws: as ``restore(_:to:)``.
    static func check(_ backup: URL) throws -> BackupManifest {
        let manifest = try BackupManifest.read(backup)
        for (path, digest) in try manifest.sums(of: backup) {
            let found: String
            do { found = try FileDigest.of(backup.appending(path: path)) } catch let error as RegistryError {
                throw RegistryError(.corrupt, "The backup lacks a file. \(error.message)", cause: error)
            }
            guard found == digest else { throw changed(path) }
        }
        return manifest
    }

    private static func changed(_ path: String) -> RegistryError {
        RegistryError(
            .corrupt, "The backup is damaged: the file '\(path)' is not as it was written.",
            hint: "Take another backup.")
    }
}
