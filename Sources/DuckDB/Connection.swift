import CNative
import Types

/// One connection: runs one statement at a time.
///
/// Threads: one thread at a time uses it, except `interrupt()`, which any thread may call while the object lives.
/// Every error of DuckDB becomes a `RegistryError`; an error thrown by a scalar function's body comes out as thrown.
package final class Connection: @unchecked Sendable {  // used by one thread at a time; DuckDB guards interrupt()
    let handle: duck_connection
    private let database: Database

    init(_ handle: duck_connection, database: Database) {
        self.handle = handle
        self.database = database
    }

    deinit {
        var closing: duck_connection? = handle
        duck_disconnect(&closing)
    }

    /// Runs SQL of one or more statements for its effect.
    package func execute(_ sql: String) throws {
        _ = try query(sql)
    }

    /// Runs SQL and holds the whole result in memory. Of several statements all run; the first one's result is given.
    package func query(_ sql: String) throws -> QueryResult {
        let result = QueryResult(connection: self)
        let state = duck_query(handle, sql, result.storage)
        guard state == 0 else { throw result.failure(sql: sql) }
        result.describe()
        return result
    }

    /// Runs one statement and gives its rows while it runs: bounded memory, slower than ``query(_:)``.
    ///
    /// The connection is busy until the result is read to the end or dropped. Errors may come from `nextChunk()`.
    package func stream(_ sql: String) throws -> QueryResult {
        try prepare(sql).stream()
    }

    /// Parses and binds one statement without running it.
    ///
    /// - Throws: `syntax` and so on as running would; `unsupported` when the text is not exactly one statement.
    package func prepare(_ sql: String) throws -> PreparedStatement {
        try PreparedStatement(connection: self, sql: sql)
    }

    /// Number of statements in the text, as DuckDB's parser splits it.
    ///
    /// - Throws: `syntax` where the text can't be parsed.
    package func statementCount(_ sql: String) throws -> Int {
        var extracted: duck_extracted?
        let count = duck_extract_statements(handle, sql, &extracted)
        defer { duck_destroy_extracted(&extracted) }
        if count == 0, let extracted, let message = duck_extract_statements_error(extracted), message.pointee != 0 {
            throw Failure(String(cString: message), sql: sql).registryError
        }
        return Int(count)
    }

    /// Names of the tables and views that the statement reads, as written and quoted where needed (`db.s."t"`).
    ///
    /// - Throws: `syntax` where the text can't be parsed.
    package func tableNames(_ sql: String) throws -> [String] {
        var list = duck_get_table_names(handle, sql, true)
        guard list != nil else {
            _ = try statementCount(sql)
            throw RegistryError(.unsupported, "The tables of this statement can't be named.")
        }
        defer { duck_destroy_value(&list) }
        return (0..<duck_get_list_size(list)).compactMap { index in
            var name = duck_get_list_child(list, index)
            defer { duck_destroy_value(&name) }
            guard let text = duck_get_varchar(name) else { return nil }
            defer { duck_free(text) }
            return String(cString: text)
        }
    }

    /// Stops the running statement soon, which then throws `cancelled`. Does nothing when none runs.
    ///
    /// A statement that starts afterwards is not touched: who cancels must also keep the next one from starting.
    package func interrupt() {
        duck_interrupt(handle)
    }

    /// How far the running statement is, in 0...100; nil where DuckDB can't tell. Any thread may ask.
    package func progress() -> Double? {
        let percentage = duck_query_progress(handle).percentage
        return percentage < 0 ? nil : percentage
    }
}
