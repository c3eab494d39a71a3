package import DuckDB
package import Foundation
package import Registry
import SnowflakeSQL
import Synchronization
package import Types

/// The DuckDB instance that holds users' tables: one attached file per DATABASE, `databases/<id>.duckdb`.
///
/// The catalog is the truth about which databases and schemas exist; ``reconcile(_:)`` brings the files in line at start.
/// DuckDB itself is locked down: it reaches no file outside the data directory and its settings can't be changed. That
/// comes besides the walk over every query, not instead.
///
/// Thread-safe. Connections are made here and used by one thread at a time.
package final class UserDatabases: Sendable {
    /// Names that DuckDB keeps for itself, which can't name an attached file.
    private static let reserved: Set<String> = ["temp", "system", "memory", "main", "pg_catalog", "information_schema"]

    let database: Database
    let directory: URL
    private let service: Mutex<Connection>
    /// The name that each database is attached under, by its id.
    let attached = Mutex<[Int64: String]>([:])
    private let writers = Mutex<[String: NSLock]>([:])

    /// Opens the instance and defines the functions of the prelude.
    ///
    /// - Parameters:
    ///   - dataDirectory: DuckDB may touch what is below its directories of databases, results and blobs only.
    /// - Throws: `unavailable` when the library can't be used.
    package init(library: Library, dataDirectory: URL, memoryBytes: Int, threads: Int) throws {
        directory = dataDirectory.appendingPathComponent("databases")
        database = try Database(
            library: library, path: nil,
            configuration: [
                "threads": "\(threads)", "memory_limit": "\(memoryBytes / 1_048_576)MiB",
                "autoinstall_known_extensions": "false", "autoload_known_extensions": "false",
            ])
        let connection = try database.connect()
        // The catalog and the keys are not among them.
        let places = ["databases/", "results/", "blobs/"].map { place in
            BindingLiteral.quote(dataDirectory.appendingPathComponent(place).path + "/")
        }
        let scratch = dataDirectory.appendingPathComponent("results").appendingPathComponent("spill").path
        try connection.execute("SET temp_directory = \(BindingLiteral.quote(scratch))")
        try connection.execute("SET allowed_directories = [\(places.joined(separator: ", "))]")
        try connection.execute("SET enable_external_access = false")
        try connection.execute("SET TimeZone = 'UTC'")
        // NULLs sort as in Snowflake: last when ascending, first when descending.
        try connection.execute("SET default_null_order = 'nulls_last_on_asc_first_on_desc'")
        try PreludeFunctions.register(on: connection)
        try connection.execute(Prelude.sql)
        try connection.execute("SET lock_configuration = true")
        service = Mutex(connection)
    }

    /// What stands in the comment of a table's file before its id in the catalog: names change, the id stays.
    private static let mark = "roost table "

    /// Marks a table with its id in the catalog, as SQL.
    package static func marking(_ table: String, id: Int64) -> String {
        "COMMENT ON TABLE \(table) IS '\(mark)\(id)'"
    }

    /// Opens every database of the catalog and brings the files in line with it, by the tables' ids: what a crash cut off
    /// in the middle is completed or taken back, and a table of the catalog is never dropped.
    package func reconcile(with registry: ModelRegistry) throws {
        for stored in try registry.storedDatabases() {
            try attach(stored.id, name: stored.name)
            let catalog = Identifier(resolved: try catalogName(of: stored.id))
            for (schema, tables) in stored.tables {
                try createSchema(schema, in: stored.id)
                for table in try reconcile(tables, in: catalog, schema) { try registry.forgetTable(table.id) }
            }
        }
    }

    /// Brings one schema in line; gives the catalog's tables that are not there.
    private func reconcile(
        _ tables: [StoredDatabase.StoredTable], in catalog: Identifier, _ schema: Identifier
    ) throws -> [StoredDatabase.StoredTable] {
        let place = "\(catalog.quoted).\(schema.quoted)"
        let present = try withService { connection in
            try connection.query(
                """
                SELECT table_name, coalesce(comment, '')::VARCHAR FROM duckdb_tables()
                WHERE database_name = \(BindingLiteral.quote(catalog.name))
                    AND schema_name = \(BindingLiteral.quote(schema.name))
                """
            ).texts()
        }
        var found: Set<Int64> = []
        for row in present {
            let name = Identifier(resolved: (row.first ?? nil) ?? "")
            let comment = (row.last ?? nil) ?? ""
            let id = comment.hasPrefix(UserDatabases.mark) ? Int64(comment.dropFirst(UserDatabases.mark.count)) : nil
            let sql = "\(place).\(name.quoted)"
            if let table = tables.first(where: { id == nil ? $0.name == name : $0.id == id }) {
                found.insert(table.id)
                try withService { connection in
                    if id == nil { try connection.execute(UserDatabases.marking(sql, id: table.id)) }
                    guard table.name != name else { return }
                    try connection.execute("DROP TABLE IF EXISTS \(place).\(table.name.quoted)")
                    try connection.execute("ALTER TABLE \(sql) RENAME TO \(table.name.quoted)")
                }
            } else if id != nil || name.name.hasPrefix("roost_draft_") {
                // Its row was dropped or replaced, or never written.
                try withService { try $0.execute("DROP TABLE IF EXISTS \(sql)") }
            }
        }
        return tables.filter { !found.contains($0.id) }
    }

    /// A new connection, for one session.
    package func connect() throws -> Connection { try database.connect() }

    /// Runs `body` on the connection that serves the engine itself, outside any transaction. One caller at a time.
    package func withService<Value>(_ body: (Connection) throws -> Value) throws -> Value {
        try service.withLock { try body($0) }
    }

    /// The name a database is attached under.
    ///
    /// - Throws: `internal` when it is not attached.
    package func catalogName(of id: Int64) throws -> String {
        guard let name = attached.withLock({ $0[id] }) else {
            throw RegistryError(.internal, "The database with id \(id) is not open.")
        }
        return name
    }

    /// Opens, or makes, the file of a database.
    package func attach(_ id: Int64, name: Identifier) throws {
        let taken = attached.withLock { names in Set(names.filter { $0.key != id }.values.map { $0.lowercased() }) }
        let lower = name.name.lowercased()
        let alias = UserDatabases.reserved.contains(lower) || taken.contains(lower) ? "db_\(id)" : name.name
        let file = directory.appendingPathComponent("\(id).duckdb").path
        try withService {
            try $0.execute("ATTACH \(BindingLiteral.quote(file)) AS \(Identifier(resolved: alias).quoted)")
        }
        attached.withLock { $0[id] = alias }
    }

    /// Closes a database; its file stays.
    package func detach(_ id: Int64) throws {
        guard let alias = attached.withLock({ $0.removeValue(forKey: id) }) else { return }
        try withService { try $0.execute("DETACH \(Identifier(resolved: alias).quoted)") }
    }

    /// Names that DuckDB's own schemas have.
    ///
    /// - Throws: `invalidArgument`; to be asked before the catalog takes a schema of the name.
    package static func checkSchemaName(_ name: Identifier) throws {
        guard ["pg_catalog", "information_schema"].contains(name.name.lowercased()) else { return }
        throw RegistryError(.invalidArgument, "The schema name \(name) is reserved.", hint: "Choose another name.")
    }

    package func createSchema(_ name: Identifier, in id: Int64) throws {
        let catalog = Identifier(resolved: try catalogName(of: id)).quoted
        try withService { try $0.execute("CREATE SCHEMA IF NOT EXISTS \(catalog).\(name.quoted)") }
    }

    package func dropSchema(_ name: Identifier, in id: Int64) throws {
        guard name.name.lowercased() != "main" else { return }
        let catalog = Identifier(resolved: try catalogName(of: id)).quoted
        try withService { try $0.execute("DROP SCHEMA IF EXISTS \(catalog).\(name.quoted) CASCADE") }
    }

    /// Runs an autocommitted write to a database: writers queue, since DuckDB lets concurrent ones conflict.
    package func write<Value>(to catalog: String, _ body: () throws -> Value) rethrows -> Value {
        try writeLock(of: catalog).withLock(body)
    }

    func writeLock(of catalog: String) -> NSLock {
        writers.withLock { locks in
            if let lock = locks[catalog] { return lock }
            let lock = NSLock()
            locks[catalog] = lock
            return lock
        }
    }
}
