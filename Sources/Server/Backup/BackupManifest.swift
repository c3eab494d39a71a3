import Foundation
import Types

/// What a backup says of itself: `backup.json`, and the digest of every file in `SHA256SUMS`.
///
///     backup.json      this, written last
///     SHA256SUMS       `<sha256>  <path>` a line, as `sha256sum -c` takes it
///     format           of the data directory
///     catalog.sqlite   databases/  blobs/sha256/  keys/
struct BackupManifest: Codable, Sendable {
    /// The form of backups that this Roost writes.
    static let currentFormat = 1
    static let file = "backup.json"
    static let sumsFile = "SHA256SUMS"

    var format = BackupManifest.currentFormat
    /// The version of Roost that wrote it.
    var roost: String
    /// The moment that it is of, in ISO 8601.
    var taken: String
    var files: Int
    var bytes: Int64
    /// The digest of `SHA256SUMS`.
    var sums: String

    /// - Throws: `notFound` for a directory that is no backup, `unsupported` for one of a newer Roost, `corrupt`.
    static func read(_ backup: URL) throws -> BackupManifest {
        let file = backup.appending(path: BackupManifest.file)
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw RegistryError(
                .notFound, "'\(backup.path)' is no backup of Roost: it has no \(BackupManifest.file).",
                hint: "One that was cut off has none either.")
        }
        let data = try FileDigest.content(of: file)
        let manifest: BackupManifest
        do { manifest = try JSONDecoder().decode(BackupManifest.self, from: data) } catch {
            throw RegistryError(.corrupt, "'\(file.path)' can't be read.", cause: error)
        }
        guard manifest.format <= currentFormat else {
            throw RegistryError(
                .unsupported, "The backup has format \(manifest.format), written by Roost \(manifest.roost).",
                hint: "Restore it with that version, or a newer one.")
        }
        return manifest
    }

    /// The files of a backup with their digests, by path.
    ///
    /// - Throws: `corrupt` where the list is not the one that was written, or names a place outside of the backup.
    func sums(of backup: URL) throws -> [(path: String, digest: String)] {
        let file = backup.appending(path: BackupManifest.sumsFile)
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw RegistryError(.corrupt, "The list of files '\(file.path)' is missing.")
        }
        let data = try FileDigest.content(of: file)
        guard FileDigest.of(data) == sums else {
            throw RegistryError(.corrupt, "The list of files '\(file.path)' was changed.")
        }
        return try String(decoding: data, as: UTF8.self).split(separator: "\n").map { line in
            let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
            let path = parts.last?.trimmingCharacters(in: .whitespaces) ?? ""
            guard parts.count == 2, parts[0].count == 64, !path.isEmpty, !path.hasPrefix("/"),
                !path.split(separator: "/").contains("..")
            else {
                throw RegistryError(.corrupt, "The list of files '\(file.path)' has the line '\(line.prefix(200))'.")
            }
            return (path, parts[0])
        }
    }
}
