import Foundation
import GRDB
import Types

/// The catalog as one consistent snapshot, inside ``CatalogStore/read(_:)``.
///
/// Valid only inside the closure that receives it, on that closure's thread.
package class CatalogReader {
    let database: Database

    init(_ database: Database) {
        self.database = database
    }

    /// Runs a query and gives all of its rows.
    ///
    /// - Parameters:
    ///   - sql: one statement in the common subset of SQLite and PostgreSQL, with parameters `$1…$n` that first
    ///     appear in ascending order.
    ///   - arguments: the parameters' values, from `$1` on.
    /// - Throws: a `RegistryError` as ``CatalogStore`` describes.
    package final func rows(_ sql: String, _ arguments: [CatalogValue] = []) throws -> [CatalogRow] {
        assert(CatalogReader.hasAscendingParameters(sql), "parameters must first appear in ascending order: \(sql)")
        do {
            let statement = try database.cachedStatement(sql: sql)
            let columns = CatalogColumns(statement.columnNames)
            let width = CInt(statement.columnCount)
            let cursor = try Row.fetchCursor(statement, arguments: StatementArguments(arguments.map(\.databaseValue)))
            var result: [CatalogRow] = []
            while try cursor.next() != nil {
                // The statement's own columns: a `Row` would look up each column's name beside its value.
                let values = (0..<width).map {
                    CatalogValue(DatabaseValue(sqliteStatement: statement.sqliteStatement, index: $0))
                }
                result.append(CatalogRow(columns: columns, values: values))
            }
            return result
        } catch let error as DatabaseError {
            throw RegistryError(catalog: error)
        }
    }

    /// Runs a query of integers and texts, none of them NULL, and hands its rows over one by one: for many small rows,
    /// which then cost no array each.
    ///
    /// - Parameter body: reads the row's columns by their numbers. The row is valid only inside it.
    /// - Throws: as ``rows(_:_:)``, and what `body` throws.
    package final func scan(
        _ sql: String, _ arguments: [CatalogValue], _ body: (ScannedRow) throws -> Void
    ) throws {
        assert(CatalogReader.hasAscendingParameters(sql), "parameters must first appear in ascending order: \(sql)")
        do {
            let statement = try database.cachedStatement(sql: sql)
            let cursor = try Row.fetchCursor(statement, arguments: StatementArguments(arguments.map(\.databaseValue)))
            let row = ScannedRow(statement: statement)
            while try cursor.next() != nil { try body(row) }
        } catch let error as DatabaseError {
            throw RegistryError(catalog: error)
        }
    }

    /// The first row of a query, nil where it has none.
    package final func one(_ sql: String, _ arguments: [CatalogValue] = []) throws -> CatalogRow? {
        try rows(sql, arguments).first
    }

    private static let manyAtOnce = 128
    private static let marksOfMany = (1...manyAtOnce).map { "$\($0)" }.joined(separator: ", ")

    /// Reads what belongs to many things, 128 at a time or, where they are few, one by one: so that the statements stay the
    /// same and are prepared once.
    ///
    /// - Parameter read: takes a part, and the parameters and arguments for `IN (…)` that stand for its ids.
    final func inParts<Item, Found>(
        _ items: [Item], id: (Item) -> Int64,
        _ read: (_ part: [Item], _ marks: String, _ ids: [CatalogValue]) throws -> [Found]
    ) throws -> [Found] {
        var result: [Found] = []
        var start = 0
        while start < items.count {
            let size = items.count - start < 16 ? 1 : Self.manyAtOnce
            let part = Array(items[start..<min(start + size, items.count)])
            let marks = size == 1 ? "$1" : Self.marksOfMany
            let ids = (0..<size).map { CatalogValue.int(id(part[min($0, part.count - 1)])) }
            result += try read(part, marks, ids)
            start += part.count
        }
        return result
    }

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

/// The row that a scan is at.
package struct ScannedRow {
    fileprivate let statement: GRDB.Statement

    package func int(_ index: Int) -> Int64 {
        Int64(sqliteStatement: statement.sqliteStatement, index: CInt(index))
    }

    package func text(_ index: Int) -> String {
        String(sqliteStatement: statement.sqliteStatement, index: CInt(index))
    }

    /// A value that may be of any type, or NULL.
    package func value(_ index: Int) -> CatalogValue {
        CatalogValue(DatabaseValue(sqliteStatement: statement.sqliteStatement, index: CInt(index)))
    }
}

/// The catalog inside ``CatalogStore/write(_:)``: reads see the writes made before them.
package final class CatalogTransaction: CatalogReader {
    /// Whether users, roles or grants change in it.
    var renewsAccess = false

    /// Runs a statement that changes rows.
    ///
    /// - Returns: the number of rows inserted, updated or deleted.
    /// - Throws: as ``CatalogReader/rows(_:_:)``.
    @discardableResult
    package func run(_ sql: String, _ arguments: [CatalogValue] = []) throws -> Int {
        assert(CatalogReader.hasAscendingParameters(sql), "parameters must first appear in ascending order: \(sql)")
        do {
            let statement = try database.cachedStatement(sql: sql)
            try statement.execute(arguments: StatementArguments(arguments.map(\.databaseValue)))
            return database.changesCount
        } catch let error as DatabaseError {
            throw RegistryError(catalog: error)
        }
    }
}

extension CatalogValue {
    init(_ value: DatabaseValue) {
        switch value.storage {
        case .null: self = .null
        case .int64(let number): self = .int(number)
        case .double(let number): self = .real(number)
        case .string(let text): self = .text(text)
        case .blob(let data): self = .blob(Array(data))
        }
    }

    var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .int(let number): number.databaseValue
        case .real(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .blob(let bytes): Data(bytes).databaseValue
        }
    }
}
