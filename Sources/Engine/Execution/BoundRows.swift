package import Types

/// Many rows of values for the `?` of one INSERT: what `executemany` sends, a column for each `?`.
package struct BoundRows: Sendable {
    /// The values of one `?`, a row each, and the type the client gives them.
    package struct Column: Sendable {
        /// TEXT, FIXED, REAL, …: as in ``BindingLiteral``.
        let type: String
        /// Texts, nil for NULL.
        let values: [String?]

        package init(type: String, values: [String?]) {
            self.type = type.uppercased()
            self.values = values
        }

        /// Whether it is of texts and NULLs: the connector gives every value beside a NULL the type TEXT.
        var mixesNulls: Bool { type == "TEXT" && values.contains(nil) }

        /// The DuckDB type that holds all the values.
        var duckType: String {
            switch type {
            case "FIXED": BoundRows.numberType(values)
            case "REAL": "DOUBLE"
            case "BOOLEAN": "BOOLEAN"
            case "DATE": "DATE"
            case "TIME": "TIME"
            case "TIMESTAMP", "TIMESTAMP_NTZ": "TIMESTAMP"
            case "TIMESTAMP_LTZ", "TIMESTAMP_TZ": "TIMESTAMPTZ"
            case "BINARY": "BLOB"
            case "VARIANT", "OBJECT", "ARRAY": "JSON"
            default: "VARCHAR"
            }
        }
    }

    let columns: [Column]
    let rowCount: Int

    /// - Throws: `invalidArgument` where the columns are not of one length.
    package init(_ columns: [Column]) throws {
        rowCount = columns.first?.values.count ?? 0
        guard columns.allSatisfy({ [rowCount] in $0.values.count == rowCount }) else {
            throw RegistryError(.invalidArgument, "The bound arrays are not of one length.")
        }
        self.columns = columns
    }

    /// What a row's `?` number `index` (from 0) is called as a column.
    static func name(_ index: Int) -> String { "roost_b\(index + 1)" }

    /// The narrowest type of numbers that keeps every digit.
    private static func numberType(_ values: [String?]) -> String {
        let fraction = values.map { value in
            value.flatMap { text in text.firstIndex(of: ".").map { text[$0...].utf8.count - 1 } } ?? 0
        }.max() ?? 0
        if fraction > 0 { return "DECIMAL(38,\(min(fraction, 37)))" }
        return values.allSatisfy { $0.map { Int64($0) != nil } ?? true } ? "BIGINT" : "HUGEINT"
    }
}
