package import Foundation
import GRDB
import Synchronization
import Types

/// The catalog: everything the server knows but users' rows and file contents, in one SQLite file.
///
/// Reads run at once on snapshots; writes run one at a time, each in one transaction that is on disk when
/// ``write(_:)`` returns. Statements keep to the subset that PostgreSQL runs too. Methods block, may be called from
/// any thread, and must not be nested.
///
///     try catalog.write { try $0.run("UPDATE setting SET value = $1 WHERE name = $2", ["UTC", "timezone"]) }
///
/// Errors: `alreadyExists` for a unique key, `constraintViolation` for any other constraint, `conflict` where another
/// process holds the file, `unavailable` for a full disk or a failing one, `corrupt` for a damaged file.
package final class CatalogStore: Sendable {
    private let pool: DatabasePool
    private let renewals = Atomic(0)

    /// Opens or creates the catalog file and brings its schema up to date.
    ///
    /// Before an existing file is migrated it is copied to `<file>.before-<number of the first new migration>`.
    ///
    /// - Parameter clock: the time for the migrations' own rows.
    /// - Throws: also `unsupported` where the file was written by a newer Roost.
    package convenience init(file: URL, clock: TimeSource) throws {
        try self.init(file: file, clock: clock, migrations: Migration.all)
    }

    init(file: URL, clock: TimeSource, migrations: [Migration]) throws {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 8
        configuration.label = "catalog"
        // As in PostgreSQL: LIKE tells cases apart.
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA case_sensitive_like = ON") }
        do {
            pool = try DatabasePool(path: file.path, configuration: configuration)
            // The pool has just set NORMAL, with which an acknowledged write can be lost in a power cut.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        } catch let error as DatabaseError {
            throw RegistryError(catalog: error)
        }
        try Migration.apply(migrations, to: self, file: file, now: clock.now())
    }

    /// Reads one consistent snapshot. Never waits for writers.
    package func read<T>(_ body: (CatalogReader) throws -> T) throws -> T {
        do {
            // Not `read`: what it does around a transaction costs as much as what most calls do in one.
            return try pool.unsafeRead { database in
                let reader = CatalogReader(database)
                return try reader.transaction("BEGIN") { try body(reader) }
            }
        } catch let error as DatabaseError {
            throw RegistryError(catalog: error)
        }
    }

    /// Runs the closure in one transaction: committed and on disk on return, rolled back where the closure throws.
    package func write<T>(_ body: (CatalogTransaction) throws -> T) throws -> T {
        do {
            let (result, renewsAccess) = try pool.writeWithoutTransaction { database in
                let writer = CatalogTransaction(database)
                return (try writer.transaction("BEGIN IMMEDIATE") { try body(writer) }, writer.renewsAccess)
            }
            if renewsAccess { renewals.add(1, ordering: .releasing) }
            return result
        } catch let error as DatabaseError {
            throw RegistryError(catalog: error)
        }
    }

    /// How often users, roles or grants have changed since the catalog was opened: what was found about them with one
    /// number holds as long as the number stays. The process that has the catalog open is the only one that writes it.
    package var accessRenewals: Int { renewals.load(ordering: .acquiring) }

    /// Writes a consistent copy of the catalog to a file that does not exist yet. Reads go on; writes wait for it.
    package func backUp(to file: URL) throws {
        do {
            try pool.writeWithoutTransaction { try $0.execute(sql: "VACUUM INTO ?", arguments: [file.path]) }
        } catch let error as DatabaseError {
            throw RegistryError(catalog: error)
        }
    }

    /// Closes the file. Calls after it throw.
    package func close() throws {
        do { try pool.close() } catch let error as DatabaseError { throw RegistryError(catalog: error) }
    }

    /// What SQLite says of a PRAGMA on the writing connection, for tests and diagnostics.
    package func pragma(_ name: String) throws -> CatalogValue {
        try pool.writeWithoutTransaction { try CatalogReader($0).one("PRAGMA \(name)")?.values.first ?? .null }
    }
}
