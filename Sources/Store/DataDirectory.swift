package import Foundation
import Types

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The one directory in which a server keeps everything, held by one server at a time.
///
///     format          the layout's version, a number
///     lock            held (flock) while a server runs; contains its process id
///     catalog.sqlite  the catalog
///     databases/      users' tables, one DuckDB file per database
///     blobs/sha256/   file contents by digest; blobs/incoming/ what is still arriving
///     versions/       read-only trees of versions, links into the blobs
///     environments/   Python environments by hash
///     results/        spooled query results
///     keys/           secrets of the server, readable by its user only
///
/// Holding the value holds the lock; it is let go by ``release()``, by the end of the value and by the process's end.
package final class DataDirectory: Sendable {
    /// The layout that this Roost writes.
    package static let format = 1

    package let url: URL
    private let lock: FileLock

    /// Creates the directory or takes an existing one, and locks it.
    ///
    /// - Throws: `failedPrecondition` where another server holds it or something else lives there, `unsupported`
    ///   where a newer Roost wrote it, `unavailable` where it can't be written.
    package init(at url: URL) throws {
        self.url = url
        try DataDirectory.make(url)
        let entries = try DataDirectory.entries(of: url).filter { $0 != "lock" && $0 != "lost+found" }
        let formatFile = url.appending(path: "format")
        guard entries.isEmpty || entries.contains("format") else {
            throw RegistryError(
                .failedPrecondition, "The directory '\(url.path)' is not empty and is not a data directory of Roost.",
                hint: "Name an empty directory.")
        }
        lock = try FileLock(file: url.appending(path: "lock"), directory: url)
        if entries.contains("format") {
            try DataDirectory.checkFormat(formatFile)
        } else {
            do {
                try Data("\(DataDirectory.format)\n".utf8).write(to: formatFile, options: .atomic)
            } catch {
                throw RegistryError(.unavailable, "The file '\(formatFile.path)' can't be written.", cause: error)
            }
        }
        for part in [databases, blobs, versions, environments, results, keys] { try DataDirectory.make(part) }
    }

    package var catalogFile: URL { url.appending(path: "catalog.sqlite") }
    package var databases: URL { url.appending(path: "databases") }
    package var blobs: URL { url.appending(path: "blobs") }
    package var versions: URL { url.appending(path: "versions") }
    package var environments: URL { url.appending(path: "environments") }
    package var results: URL { url.appending(path: "results") }
    package var keys: URL { url.appending(path: "keys") }

    /// The process id of the server that holds the directory, nil where none does.
    ///
    /// Takes no lock and creates nothing.
    package static func holder(of url: URL) -> Int? {
        FileLock.holder(of: url.appending(path: "lock"))
    }

    /// Lets go of the lock. Nothing may be written to the directory after it.
    package func release() { lock.release() }

    private static func checkFormat(_ file: URL) throws {
        let text: String
        do {
            text = try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        } catch {
            throw RegistryError(.unavailable, "The file '\(file.path)' can't be read.", cause: error)
        }
        guard let found = Int(text), found > 0 else {
            throw RegistryError(.corrupt, "The file '\(file.path)' does not hold a format number.")
        }
        guard found <= format else {
            throw RegistryError(
                .unsupported,
                "The data directory has format \(found), written by a newer Roost; this one knows format \(format).",
                hint: "Start the newer version.")
        }
    }

    private static func make(_ url: URL) throws {
        do {
            try FileManager.default.createDirectory(
                at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw RegistryError(.unavailable, "The directory '\(url.path)' can't be created.", cause: error)
        }
    }

    private static func entries(of url: URL) throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: url.path)
        } catch {
            throw RegistryError(.unavailable, "The directory '\(url.path)' can't be read.", cause: error)
        }
    }
}
