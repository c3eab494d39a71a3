/// Which of the deleted and the active ones a search is about.
package enum ViewType: String, Sendable {
    case active = "ACTIVE_ONLY"
    case deleted = "DELETED_ONLY"
    case all = "ALL"

    package func condition(_ column: String) -> String? {
        switch self {
        case .active: "\(column) = 'active'"
        case .deleted: "\(column) = 'deleted'"
        case .all: nil
        }
    }
}

/// What a search asks for.
package struct SearchRequest: Sendable {
    package var filter = ""
    package var order: [OrderKey] = []
    package var view = ViewType.active
    /// Rows of a page.
    package var limit = 100
    /// Where the page before it ends; nil for the first page.
    package var after: PageKey?

    package init() {}
}

/// A query that searches, but for what it reads: its conditions, order and limit, with their values.
package struct CatalogSearch: Sendable {
    /// What the rows are ordered by, for the end of a list of columns: `, …`.
    let keys: String
    let keyCount: Int
    /// From WHERE on. Parameters of `keys` come first: `$1…`.
    let sql: String
    let arguments: [CatalogValue]
}

extension CatalogReader {
    /// The rows of a search.
    ///
    /// - Parameters:
    ///   - width: how many columns there are.
    ///   - columns: integers and texts, none of them NULL.
    func found<Row>(
        _ search: CatalogSearch, _ columns: String, width: Int, from tables: String, _ read: (ScannedRow) -> Row
    ) throws -> [Found<Row>] {
        var found: [Found<Row>] = []
        let sql = "SELECT \(columns)\(search.keys) FROM \(tables) \(search.sql)"
        try scan(sql, search.arguments, isKept: false) { row in
            let key = PageKey((width..<(width + search.keyCount)).map(row.value))
            found.append(Found(row: read(row), key: key))
        }
        return found
    }

    /// The rows of a search, by the names of their columns.
    func found<Row>(
        _ search: CatalogSearch, _ columns: String, from tables: String, _ read: (CatalogRow) throws -> Row
    ) throws -> [Found<Row>] {
        let sql = "SELECT \(columns)\(search.keys) FROM \(tables) \(search.sql)"
        return try rows(sql, search.arguments, isKept: false).map { row in
            Found(row: try read(row), key: PageKey(row.values.suffix(search.keyCount)))
        }
    }
}
