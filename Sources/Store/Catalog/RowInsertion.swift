/// An INSERT of any number of rows, many with one statement.
///
/// There are few sizes of statements, so that each is prepared once.
struct RowInsertion: Sendable {
    private let statements: [(rows: Int, sql: String)]

    /// - Parameters:
    ///   - table: with its columns: `metric_point (run_id, name)`.
    ///   - shared: how many columns come first whose values are the same for all rows.
    ///   - own: how many columns follow them.
    ///   - ending: what follows the values, e.g. ON CONFLICT. No two rows of an insertion may conflict with each other.
    init(into table: String, shared: Int, own: Int, ending: String) {
        statements = [128, 16, 1].map { rows in
            let tuples = (0..<rows).map { row in
                let columns = Array(1..<(shared + 1)) + (0..<own).map { shared + row * own + $0 + 1 }
                return "(\(columns.map { "$\($0)" }.joined(separator: ", ")))"
            }
            return (rows, "INSERT INTO \(table) VALUES \(tuples.joined(separator: ", ")) \(ending)")
        }
    }

    /// Inserts rows in their order.
    ///
    /// - Parameter values: appends a row's own values.
    func run<Row>(
        _ rows: [Row], sharing shared: [CatalogValue], in tx: CatalogTransaction,
        _ values: (Row, inout [CatalogValue]) -> Void
    ) throws {
        var rest = rows[...]
        for (size, sql) in statements {
            while rest.count >= size {
                var arguments = shared
                for row in rest.prefix(size) { values(row, &arguments) }
                try tx.run(sql, arguments)
                rest = rest.dropFirst(size)
            }
        }
    }
}
