import CNative
import Types

/// A statement that is parsed and bound, with its result columns known, and can run many times.
///
/// Threads: the connection's rule.
package final class PreparedStatement: @unchecked Sendable {  // used by one thread at a time, with its connection
    private let handle: duck_prepared
    private let connection: Connection
    private let sql: String

    /// The result's columns, known without running.
    ///
    /// Where a type depends on a parameter that is still open, DuckDB gives one column of type `unknown` in place of
    /// all.
    package let columns: [Column]
    package let parameterCount: Int
    package let statementType: StatementType

    init(connection: Connection, sql: String) throws {
        let count = try connection.statementCount(sql)
        guard count == 1 else {
            throw RegistryError(
                count == 0 ? .syntax : .unsupported,
                count == 0 ? "The statement is empty." : "\(count) statements in one request are not supported.",
                hint: count == 0 ? nil : "Send them one at a time.")
        }
        var prepared: duck_prepared?
        let state = duck_prepare(connection.handle, sql, &prepared)
        guard state == 0, let prepared else {
            let message = prepared.flatMap { duck_prepare_error($0) }.map { String(cString: $0) }
            duck_destroy_prepare(&prepared)
            throw Failure(message ?? "Unknown error of DuckDB", sql: sql).registryError
        }
        handle = prepared
        self.connection = connection
        self.sql = sql
        parameterCount = Int(duck_nparams(prepared))
        statementType = StatementType(duck_prepared_statement_type(prepared))
        columns = (0..<duck_prepared_statement_column_count(prepared)).map { index in
            let name = duck_prepared_statement_column_name(prepared, index)
            defer { if let name { duck_free(UnsafeMutableRawPointer(mutating: name)) } }
            let type = LogicalType(owning: duck_prepared_statement_column_logical_type(prepared, index))
            return Column(name.map { String(cString: $0) } ?? "", type)
        }
    }

    deinit {
        var closing: duck_prepared? = handle
        duck_destroy_prepare(&closing)
    }

    /// Runs with values for the parameters, in order, and holds the whole result.
    ///
    /// - Throws: `invalidArgument` where the number of values differs from ``parameterCount``.
    package func execute(_ values: [BoundValue] = []) throws -> QueryResult {
        try bind(values)
        let result = QueryResult(connection: connection)
        guard duck_execute_prepared(handle, result.storage) == 0 else { throw result.failure(sql: sql) }
        result.describe()
        return result
    }

    /// Runs and gives the rows as they come, with bounded memory.
    package func stream(_ values: [BoundValue] = []) throws -> QueryResult {
        try bind(values)
        let result = QueryResult(connection: connection, statement: self, sql: sql)
        guard duck_execute_prepared_streaming(handle, result.storage) == 0 else { throw result.failure(sql: sql) }
        result.describe(streaming: true)
        return result
    }

    private func bind(_ values: [BoundValue]) throws {
        guard values.count == parameterCount else {
            throw RegistryError(
                .invalidArgument, "The statement has \(parameterCount) parameters, but \(values.count) were given.")
        }
        _ = duck_clear_bindings(handle)
        for (index, value) in values.enumerated() {
            var made = value.makeHandle()
            defer { duck_destroy_value(&made) }
            guard duck_bind_value(handle, duck_index(index + 1), made) == 0 else {
                throw RegistryError(.invalidArgument, "Parameter \(index + 1) can't be bound.")
            }
        }
    }
}
