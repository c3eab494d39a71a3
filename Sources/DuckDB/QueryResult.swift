import CNative
import Types

/// A column of a result: its name as SQL shows it, and its DuckDB type.
package struct Column: Hashable, Sendable {
    package let name: String
    package let type: LogicalType

    package init(_ name: String, _ type: LogicalType) {
        self.name = name
        self.type = type
    }
}

/// The result of a statement, as chunks of at most 2,048 rows.
///
/// Threads: one at a time. A materialised result may outlive other uses of its connection.
package final class QueryResult: @unchecked Sendable {  // handed between threads, never shared
    let storage: UnsafeMutablePointer<duck_result>
    private let connection: Connection
    private let sql: String?
    /// The statement that a streaming result still runs.
    private let statement: PreparedStatement?

    /// The columns, in order. Statements without rows have a `Count` or `Success` column of DuckDB's.
    package private(set) var columns: [Column] = []
    private var types: [LogicalType] = []
    /// Rows inserted, updated or deleted; 0 for other statements.
    package private(set) var rowsChanged = 0
    package private(set) var statementType: StatementType = .other(0)
    /// Whether the statement returns rows of its own, rather than a count of changed rows or nothing.
    package private(set) var hasRows = false
    /// Number of rows; nil while streaming.
    package private(set) var rowCount: Int?

    init(connection: Connection, statement: PreparedStatement? = nil, sql: String? = nil) {
        self.connection = connection
        self.statement = statement
        self.sql = sql
        storage = .allocate(capacity: 1)
        storage.initialize(to: duck_result())
    }

    deinit {
        duck_destroy_result(storage)
        storage.deallocate()
    }

    func describe(streaming: Bool = false) {
        columns = (0..<duck_column_count(storage)).map { index in
            let name = duck_column_name(storage, index).map { String(cString: $0) } ?? ""
            return Column(name, LogicalType(owning: duck_column_logical_type(storage, index)))
        }
        types = columns.map(\.type)
        let kind = duck_result_return_type(storage.pointee)
        statementType = StatementType(duck_result_statement_type(storage.pointee))
        hasRows = kind == DUCK_RESULT_QUERY
        guard !streaming else { return }
        rowsChanged = kind == DUCK_RESULT_CHANGED_ROWS ? Int(duck_rows_changed(storage)) : 0
        rowCount = Int(duck_row_count(storage))
    }

    func failure(sql: String?) -> RegistryError {
        let message = duck_result_error(storage).map { String(cString: $0) } ?? "Unknown error of DuckDB"
        return Failure(message, sql: sql).registryError
    }

    /// The next rows, or nil at the end. A chunk keeps its result alive.
    ///
    /// - Throws: what stops a streaming result; a materialised one doesn't fail.
    package func nextChunk() throws -> DataChunk? {
        if let chunk = duck_fetch_chunk(storage.pointee) {
            return DataChunk(owning: chunk, types: types, keeping: self)
        }
        if let message = duck_result_error(storage), message.pointee != 0 { throw failure(sql: sql) }
        return nil
    }

    /// All remaining rows as text, for small results: columns must be VARCHAR or JSON (cast them in the SQL).
    ///
    /// - Throws: as ``nextChunk()``, and `internal` for a column of another type.
    package func texts() throws -> [[String?]] {
        guard columns.allSatisfy({ $0.type == .varchar || $0.type == .json }) else {
            throw RegistryError(.internal, "A result read as text has columns of other types.")
        }
        var rows: [[String?]] = []
        while let chunk = try nextChunk() {
            let vectors = columns.indices.map { chunk.vector($0) }
            for row in 0..<chunk.rowCount {
                rows.append(vectors.map { $0.validity[row] ? $0.strings.text(row) : nil })
            }
        }
        return rows
    }

    /// Number of chunks of a materialised result.
    package var chunkCount: Int { Int(duck_result_chunk_count(storage.pointee)) }

    /// A chunk of a materialised result, without moving on. Reading in order costs O(1) a chunk.
    package func chunk(at index: Int) -> DataChunk? {
        duck_result_get_chunk(storage.pointee, duck_index(index)).map {
            DataChunk(owning: $0, types: types, keeping: self)
        }
    }
}
