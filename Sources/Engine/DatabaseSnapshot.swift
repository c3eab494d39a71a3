import DuckDB
package import Foundation
import SnowflakeSQL
import Synchronization
import Types

/// All databases of users' tables as they were at one moment, to be copied while they go on.
///
/// Each is read in a transaction of its own connection, which ends with the value. Not thread-safe.
package final class DatabaseSnapshot {
    private struct Part {
        let id: Int64
        let name: String
        let connection: Connection
    }

    private let databases: UserDatabases
    private let parts: [Part]

    /// - Precondition: writes to the databases wait.
    fileprivate init(_ databases: UserDatabases) throws {
        self.databases = databases
        parts = try databases.attached.withLock { $0 }.sorted { $0.key < $1.key }.map { id, name in
            let connection = try databases.database.connect()
            try connection.execute("BEGIN TRANSACTION")
            // DuckDB takes its snapshot of a database when a transaction first looks into it.
            _ = try connection.query("SELECT count(*) FROM duckdb_tables()")
            return Part(id: id, name: name, connection: connection)
        }
    }

    deinit {
        for part in parts { try? part.connection.execute("ROLLBACK") }
    }

    /// Writes each database to `<id>.duckdb` in a directory that exists and DuckDB may write to.
    ///
    /// Files of databases that are dropped are left out: nothing can bring them back.
    ///
    /// - Throws: `conflict` where a database was dropped since the moment, `cancelled`.
    package func copy(into directory: URL, isCancelled: () -> Bool) throws {
        for part in parts {
            let file = directory.appending(path: "\(part.id).duckdb")
            let target = Identifier(resolved: "roost_copy_\(part.id)_\(UUID().uuidString.prefix(8).lowercased())")
            try databases.withService {
                try $0.execute("ATTACH \(BindingLiteral.quote(file.path)) AS \(target.quoted)")
            }
            do {
                try copy(part, to: target, isCancelled: isCancelled)
                try part.connection.execute("COMMIT")
            } catch {
                try? part.connection.execute("ROLLBACK")
                try? databases.withService { try $0.execute("DETACH \(target.quoted)") }
                throw error
            }
            try databases.withService { try $0.execute("DETACH \(target.quoted)") }
        }
    }

    private func copy(_ part: Part, to target: Identifier, isCancelled: () -> Bool) throws {
        let source = Identifier(resolved: part.name)
        let place = BindingLiteral.quote(part.name)
        let schemas = try part.connection.query(
            "SELECT schema_name FROM duckdb_schemas() WHERE database_name = \(place) AND NOT internal"
        ).texts()
        for case let name? in schemas.map({ $0.first ?? nil }) where name != "main" {
            try part.connection.execute("CREATE SCHEMA \(target.quoted).\(Identifier(resolved: name).quoted)")
        }
        let tables = try part.connection.query(
            """
            SELECT schema_name, table_name, coalesce(comment, '')::VARCHAR, sql FROM duckdb_tables()
            WHERE database_name = \(place) ORDER BY schema_name, table_name
            """
        ).texts()
        for row in tables {
            if isCancelled() { throw RegistryError(.cancelled, "The statement was cancelled.") }
            guard row.count == 4, let schema = row[0], let name = row[1], let comment = row[2], let sql = row[3] else {
                throw RegistryError(.corrupt, "DuckDB does not say how the tables of database '\(part.name)' are made.")
            }
            let table = "\(Identifier(resolved: schema).quoted).\(Identifier(resolved: name).quoted)"
            try part.connection.execute(
                "CREATE TABLE \(target.quoted).\(table)\(try DatabaseSnapshot.columns(in: sql))")
            try part.connection.execute(
                "INSERT INTO \(target.quoted).\(table) SELECT * FROM \(source.quoted).\(table)")
            if !comment.isEmpty {
                try part.connection.execute(
                    "COMMENT ON TABLE \(target.quoted).\(table) IS \(BindingLiteral.quote(comment))")
            }
        }
    }

    /// What follows the table's name in DuckDB's own `CREATE TABLE`.
    private static func columns(in sql: String) throws -> String {
        guard let bracket = Tokenizer.tokenize(sql).first(where: { $0.isSymbol("(") }) else {
            throw RegistryError(.corrupt, "DuckDB gives no columns for a table.")
        }
        return String(decoding: Array(sql.utf8)[bracket.offset...], as: UTF8.self)
    }
}

extension UserDatabases {
    /// All databases as they are while `body` runs: writes that change what there is wait for it.
    ///
    /// A statement that writes for long is waited for, without keeping those of other databases waiting all the time.
    ///
    /// - Parameter body: what is to be of the same moment, such as a copy of the catalog. Short.
    /// - Throws: `cancelled`, and what `body` throws.
    package func snapshot<Value>(
        isCancelled: () -> Bool, with body: () throws -> Value
    ) throws -> (DatabaseSnapshot, Value) {
        let locks = attached.withLock { $0.values.sorted() }.map { writeLock(of: $0) }
        while !UserDatabases.lockAll(locks) {
            if isCancelled() { throw RegistryError(.cancelled, "The statement was cancelled.") }
            Thread.sleep(forTimeInterval: 0.5)
        }
        defer { for lock in locks.reversed() { lock.unlock() } }
        let snapshot = try DatabaseSnapshot(self)
        return (snapshot, try body())
    }

    /// Longest wait for one lock while others are held.
    private static let lockSeconds = 2.0

    /// Takes all locks or none.
    private static func lockAll(_ locks: [NSLock]) -> Bool {
        for (index, lock) in locks.enumerated() where !lock.lock(before: Date(timeIntervalSinceNow: lockSeconds)) {
            for held in locks[..<index].reversed() { held.unlock() }
            return false
        }
        return true
    }
}
