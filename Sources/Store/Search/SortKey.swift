import Types

/// One expression that the rows of a search are ordered by.
package struct SortKey: Hashable, Sendable {
    let sql: String
    let isAscending: Bool

    package static func ascending(_ sql: String) -> SortKey { SortKey(sql: sql, isAscending: true) }
    package static func descending(_ sql: String) -> SortKey { SortKey(sql: sql, isAscending: false) }

    var order: String { "\(sql) \(isAscending ? "ASC" : "DESC")" }

    /// The condition that a row comes after a page: it is not the page's last row, nor before it.
    ///
    /// It begins with a comparison that an index on the keys can be entered by.
    ///
    /// - Parameters:
    ///   - keys: an expression that may be NULL stands behind one that tells whether it is. The last is of one row only.
    ///   - end: the values of the keys in the page's last row.
    /// - Throws: `invalidArgument` for the end of a page of another order.
    static func condition(
        _ keys: [SortKey], after end: PageKey, bind: (CatalogValue) -> String
    ) throws -> String {
        guard keys.count == end.values.count, end.values.last != .null else {
            throw RegistryError(.invalidArgument, "Invalid page token: it belongs to a search with another order.")
        }
        // Where the last row's key is NULL, that of every row beside it is: the key before it says so.
        let bounds = zip(keys, end.values).filter { $0.1 != .null }.map { (key: $0.0, value: bind($0.1)) }
        let isUniform = bounds.allSatisfy { $0.key.isAscending == bounds[0].key.isAscending }
        if isUniform, bounds.count == keys.count {
            let columns = keys.map(\.sql).joined(separator: ", ")
            let values = bounds.map(\.value).joined(separator: ", ")
            return "(\(columns)) \(keys[0].isAscending ? ">" : "<") (\(values))"
        }
        var condition = ""
        for (key, value) in bounds.reversed() {
            let sign = key.isAscending ? ">" : "<"
            condition = condition.isEmpty
                ? "\(key.sql) \(sign) \(value)"
                : "\(key.sql) \(sign)= \(value) AND (\(key.sql) \(sign) \(value) OR \(condition))"
        }
        return "(\(condition))"
    }
}
