import Foundation
import GRDB
import Types

/// The catalog as one consistent snapshot, inside ``CatalogStore/read(_:)``.
///
/// Valid only inside the closure that receives it, on that closure's thread.
package class CatalogReader {
    let database: Database
    /// What ``accessGeneration()`` found; nil before it was asked, and after a change.
    var knownAccessGeneration: String?
    private var isInTransaction = false

    init(_ database: Database) {
        self.database = database
    }

    /// Runs the closure in a transaction: committed where it returns, rolled back where it throws.
    ///
    /// - Parameter begin: the statement that begins it.
    final func transaction<T>(_ begin: String, _ body: () throws -> T) throws -> T {
        _ = try rows(begin)
        isInTransaction = true
        do {
            let result = try body()
            _ = try rows("COMMIT")
            return result
        } catch {
            isInTransaction = false
            // Some failures have rolled it back already.
            if database.isInsideTransaction { _ = try rows("ROLLBACK") }
            throw error
        }
    }

    /// Runs a query and gives all of its rows.
    ///
    /// - Parameters:
    ///   - sql: one statement in the common subset of SQLite and PostgreSQL, with parameters `$1…$n` that first
    ///     appear in ascending order.
    ///   - arguments: the parameters' values, from `$1` on.
    ///   - isKept: false where a caller's words shape the statement: it is prepared for this once.
    /// - Throws: a `RegistryError` as ``CatalogStore`` describes.
    package final func rows(
        _ sql: String, _ arguments: [CatalogValue] = [], isKept: Bool = true
    ) throws -> [CatalogRow] {
        try step(sql, arguments, isKept: isKept) { statement in
            let columns = statement.columns
            let width = statement.columnCount
            var result: [CatalogRow] = []
            while try statement.step() {
                result.append(CatalogRow(columns: columns, values: (0..<width).map(statement.value)))
            }
            return result
        }
    }

    /// Runs a query of integers and texts, none of them NULL, and hands its rows over one by one: for many small rows,
    /// which then cost no array each.
    ///
    /// - Parameter body: reads the row's columns by their numbers. The row is valid only inside it.
    /// - Throws: as ``rows(_:_:)``, and what `body` throws.
    package final func scan(
        _ sql: String, _ arguments: [CatalogValue], isKept: Bool = true, _ body: (ScannedRow) throws -> Void
    ) throws {
        try step(sql, arguments, isKept: isKept) { statement in
            let row = ScannedRow(statement: statement)
            while try statement.step() { try body(row) }
        }
    }

    /// Hands a statement with its arguments to `body`, which steps it.
    fileprivate final func step<Result>(
        _ sql: String, _ arguments: [CatalogValue], isKept: Bool = true,
        _ body: (CatalogStatement) throws -> Result
    ) throws -> Result {
        // Where a failure has ended it, what follows would be kept by itself.
        guard !isInTransaction || database.isInsideTransaction else {
            throw RegistryError(.cancelled, "The change of the catalog was given up after a failure.", hint: "Try again.")
        }
        do {
            let statement = try CatalogStatement(sql, arguments, isKept: isKept, in: database)
            defer { statement.finish() }
            return try body(statement)
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
}

/// The row that a scan is at.
package struct ScannedRow {
    fileprivate let statement: CatalogStatement

    package func int(_ index: Int) -> Int64 { statement.int(at: CInt(index)) }

    package func text(_ index: Int) -> String { statement.text(at: CInt(index)) }

    /// A value that may be of any type, or NULL.
    package func value(_ index: Int) -> CatalogValue { statement.value(at: CInt(index)) }
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
        try step(sql, arguments) { statement in
            while try statement.step() {}
            return database.changesCount
        }
    }
}
