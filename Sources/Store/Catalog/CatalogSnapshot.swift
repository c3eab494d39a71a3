package import Foundation
import GRDB
import Types

/// A catalog file that is only looked at: also while a server writes it, and without changing anything.
package final class CatalogSnapshot {
    private let queue: DatabaseQueue

    /// - Throws: `notFound` where there is no file, `unsupported` where it has not this Roost's schema.
    package init(file: URL) throws {
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw RegistryError(
                .notFound, "'\(file.deletingLastPathComponent().path)' is no data directory of Roost.",
                hint: "Name it with --data-directory.")
        }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        configuration.label = "catalog-snapshot"
        do {
            queue = try DatabaseQueue(path: file.path, configuration: configuration)
        } catch let error as DatabaseError {
            throw RegistryError(catalog: error)
        }
        let steps = try read { try $0.one("SELECT count(*) AS n FROM migration")?.int("n") ?? 0 }
        guard steps == Migration.all.count else {
            throw RegistryError(
                .unsupported, "The catalog has step \(steps) of its schema; this Roost knows \(Migration.all.count).",
                hint: "Use the roost that runs the server. A server that starts brings an older catalog up to date.")
        }
    }

    /// Reads one consistent snapshot.
    package func read<T>(_ body: (CatalogReader) throws -> T) throws -> T {
        do {
            // One transaction: what a server writes meanwhile is not seen.
            return try queue.read { try body(CatalogReader($0)) }
        } catch let error as DatabaseError {
            throw RegistryError(catalog: error)
        }
    }
}
