extension CatalogTransaction {
    /// Rows of one statement: few sizes, so that each statement is prepared once and serves for any number of rows.
    private static let sizes = [128, 16, 1]

    /// Inserts rows in their order, many with one statement.
    ///
    /// - Parameters:
    ///   - into: the table with its columns: `metric_point (run_id, name)`.
    ///   - shared: the first columns' values, which are the same for all rows.
    ///   - ending: what follows the values, e.g. ON CONFLICT. No two rows may conflict with each other.
    ///   - width: how many more values a row has.
    ///   - values: appends a row's values.
    func insert<Row>(
        _ rows: [Row], into table: String, shared: [CatalogValue], width: Int, ending: String,
        _ values: (Row, inout [CatalogValue]) -> Void
    ) throws {
        var rest = rows[...]
        for size in Self.sizes where rest.count >= size {
            let sql = Self.statement(table, rows: size, shared: shared.count, width: width, ending: ending)
            while rest.count >= size {
                var arguments = shared
                arguments.reserveCapacity(shared.count + size * width)
                for row in rest.prefix(size) { values(row, &arguments) }
                try run(sql, arguments)
                rest = rest.dropFirst(size)
            }
        }
    }

    private static func statement(_ table: String, rows: Int, shared: Int, width: Int, ending: String) -> String {
        let same = (1...max(shared, 1)).prefix(shared).map { "$\($0)" }
        let tuples = (0..<rows).map { row in
            let own = (1...width).map { "$\(shared + row * width + $0)" }
            return "(\((same + own).joined(separator: ", ")))"
        }
        return "INSERT INTO \(table) VALUES \(tuples.joined(separator: ", ")) \(ending)"
    }
}
