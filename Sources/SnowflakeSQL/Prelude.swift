/// The SQL that makes Snowflake's functions in DuckDB: macros, for the in-memory catalog of every database.
package enum Prelude {
    /// Statements for DuckDB, to run once for each database instance, in the schema `memory.main`. Idempotent.
    package static let sql = String(decoding: PackageResources.prelude_sql, as: UTF8.self)

    /// How often each macro's text repeats one of its arguments at most (1 or more), by lower-case name: nested calls
    /// multiply. Macros within macros count.
    static let macros: [String: Int] = {
        var macros: [String: Int] = [:]
        for statement in Tokenizer.tokenize(sql).filter({ !$0.isTrivia }).split(whereSeparator: { $0.isSymbol(";") }) {
            let tokens = Array(statement)
            // CREATE OR REPLACE MACRO name ( parameters ) AS body [, ( parameters ) AS body]
            guard tokens.count > 6, tokens[3].isWord("MACRO") else { continue }
            let body = tokens[5...]
            guard let close = body.firstIndex(where: { $0.isSymbol(")") }) else { continue }
            let parameters = Set(body[..<close].filter { $0.kind == .word }.map(\.text))
            var uses: [String: Int] = [:]
            var inner = 1
            for token in body[close...] where token.kind == .word {
                if parameters.contains(token.text) { uses[token.text, default: 0] += 1 }
                inner = max(inner, macros[token.text] ?? 1)
            }
            macros[tokens[4].text] = max(1, uses.values.max() ?? 1) * inner
        }
        return macros
    }()
}
