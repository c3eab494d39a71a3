import DuckDB
import SnowflakeSQL
import Types

/// INSERT with arrays of values: the rows become a table, and the VALUES a SELECT over it.
extension StatementContext {
    /// Most literals in one statement that fills the table.
    private static let literalsAtOnce = 8192

    /// What an INSERT reads, and the tables that its `$1` means: the source as it is where no arrays are bound.
    ///
    /// - Throws: `unsupported` where the source is no single row of expressions.
    func boundSource(_ source: SQLText) throws -> (SQLText, flow: [ScratchTable]) {
        guard let rows = request.boundRows else { return (source, []) }
        guard let items = StatementContext.rowTemplate(source.tokens) else {
            throw RegistryError(
                .unsupported, "Arrays of values can be bound to INSERT … VALUES (?, …) with one row only.",
                position: source.position)
        }
        let query = try SQLText(parts: [.sql("SELECT "), .text(SQLText(items)), .sql(" FROM $1 AS roost_bound")])
        return (query, [try scratch(rows)])
    }

    /// The expressions of `VALUES (…)` or of a SELECT without FROM; nil for any other source.
    private static func rowTemplate(_ tokens: [Token]) -> ArraySlice<Token>? {
        guard let first = tokens.first else { return nil }
        if first.isWord("SELECT") {
            return tokens.contains { $0.isWord("FROM") } ? nil : tokens.dropFirst()
        }
        guard first.isWord("VALUES"), tokens.count > 3, tokens[1].isSymbol("("), tokens[tokens.count - 1].isSymbol(")")
        else { return nil }
        var depth = 0
        for token in tokens[1..<(tokens.count - 1)] {
            if token.isSymbol("(") { depth += 1 }
            if token.isSymbol(")") { depth -= 1 }
            guard depth > 0 else { return nil }
        }
        return tokens[2..<(tokens.count - 1)]
    }

    private func scratch(_ rows: BoundRows) throws -> ScratchTable {
        let table = newScratch()
        let columns = rows.columns.enumerated().map { "\(BoundRows.name($0)) \($1.duckType)" }
        try connection.execute("CREATE TEMP TABLE \(table.sql) (\(columns.joined(separator: ", ")))")
        let step = max(1, StatementContext.literalsAtOnce / max(1, rows.columns.count))
        for start in stride(from: 0, to: rows.rowCount, by: step) {
            let texts = try (start..<min(start + step, rows.rowCount)).map { row in
                let literals = try rows.columns.map { try BindingLiteral.literal(type: $0.type, value: $0.values[row]) }
                return "(\(literals.joined(separator: ", ")))"
            }
            try connection.execute("INSERT INTO \(table.sql) VALUES \(texts.joined(separator: ", "))")
        }
        return table
    }
}
