import GRDB
import GRDBSQLite
import Types

/// A prepared statement of the catalog with its arguments, stepped and read through SQLite itself.
///
/// GRDB prepares statements and keeps them with their connection. Its cursors and arguments are general, and cost more
/// than what most statements of the catalog do: find a few rows by a key. Ends with ``finish()``.
struct CatalogStatement {
    private let statement: GRDB.Statement
    private let database: Database
    private var handle: OpaquePointer { statement.sqliteStatement }

    /// Takes the statement from those that the connection keeps, and binds the arguments.
    ///
    /// - Parameter isKept: whether the connection keeps it from now on. One whose text callers make up must not be.
    init(_ sql: String, _ arguments: [CatalogValue], isKept: Bool, in database: Database) throws {
        assert(CatalogStatement.hasAscendingParameters(sql), "parameters must first appear in ascending order: \(sql)")
        self.database = database
        statement = try isKept ? database.cachedStatement(sql: sql) : database.makeStatement(sql: sql)
        let wanted = Int(sqlite3_bind_parameter_count(handle))
        guard wanted == arguments.count else {
            throw RegistryError(.internal, "A statement of the catalog has \(wanted) parameters, not \(arguments.count).")
        }
        for (index, value) in arguments.enumerated() { try bind(value, at: CInt(index + 1)) }
    }

    /// The names of the columns of its rows.
    var columns: CatalogColumns { CatalogColumns(statement.columnNames) }

    var columnCount: CInt { sqlite3_column_count(handle) }

    /// Goes to the next row.
    ///
    /// - Returns: whether there is one.
    func step() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw failure()
        }
    }

    /// Makes the statement ready for its next use. Must be called, and is harmless, after a failure too.
    func finish() {
        // It says again what the last step said.
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    /// The value of a column of the row it is at.
    func value(at index: CInt) -> CatalogValue {
        switch sqlite3_column_type(handle, index) {
        case SQLITE_INTEGER: .int(int(at: index))
        case SQLITE_FLOAT: .real(sqlite3_column_double(handle, index))
        case SQLITE_TEXT: .text(text(at: index))
        case SQLITE_BLOB:
            .blob(Array(UnsafeRawBufferPointer(
                start: sqlite3_column_blob(handle, index), count: Int(sqlite3_column_bytes(handle, index)))))
        default: .null
        }
    }

    func int(at index: CInt) -> Int64 { sqlite3_column_int64(handle, index) }

    func text(at index: CInt) -> String {
        guard let start = sqlite3_column_text(handle, index) else { return "" }
        let bytes = UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, index)))
        return String(decoding: bytes, as: UTF8.self)
    }

    private func bind(_ value: CatalogValue, at index: CInt) throws {
        let code =
            switch value {
            case .null: sqlite3_bind_null(handle, index)
            case .int(let number): sqlite3_bind_int64(handle, index, number)
            case .real(let number): sqlite3_bind_double(handle, index, number)
            case .text(let text):
                sqlite3_bind_text(handle, index, text, CInt(text.utf8.count), CatalogStatement.copied)
            case .blob(let bytes):
                bytes.withUnsafeBytes { bytes in
                    bytes.isEmpty
                        ? sqlite3_bind_zeroblob(handle, index, 0)
                        : sqlite3_bind_blob(
                            handle, index, bytes.baseAddress, CInt(bytes.count), CatalogStatement.copied)
                }
            }
        guard code == SQLITE_OK else { throw failure() }
    }

    private func failure() -> DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: sqlite3_extended_errcode(database.sqliteConnection)),
            message: String(cString: sqlite3_errmsg(database.sqliteConnection)), sql: statement.sql)
    }

    /// SQLite copies what is bound: `SQLITE_TRANSIENT`, a macro that Swift doesn't import.
    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    static func hasAscendingParameters(_ sql: String) -> Bool {
        var highest = 0
        for part in sql.split(separator: "$", omittingEmptySubsequences: false).dropFirst() {
            guard let number = Int(part.prefix { $0.isASCII && $0.isNumber }) else { continue }
            if number > highest + 1 { return false }
            highest = max(highest, number)
        }
        return true
    }
}
