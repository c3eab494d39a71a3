import Types

/// Reads data types where they stand in tokens, and maps them to DuckDB.
enum TypeName {
    /// Second and further words of type names that have several.
    private static let continuations: [String: [[String]]] = [
        "DOUBLE": [["PRECISION"]],
        "CHAR": [["VARYING"]], "CHARACTER": [["VARYING"]], "NCHAR": [["VARYING"]],
        "TIMESTAMP": [
            ["WITH", "LOCAL", "TIME", "ZONE"], ["WITH", "TIME", "ZONE"], ["WITHOUT", "TIME", "ZONE"],
        ],
    ]

    /// The type's text at the front of the tokens, normalised (`NUMBER(38,0)`), and how many tokens it takes; nil where
    /// no word stands there. Brackets behind the name belong to it.
    static func read(_ tokens: ArraySlice<Token>) -> (String, Int)? {
        guard let first = tokens.first?.keyword else { return nil }
        var name = first
        var index = tokens.startIndex + 1
        for words in continuations[first] ?? [] {
            let end = index + words.count
            if end <= tokens.endIndex, zip(words, tokens[index..<end]).allSatisfy({ $1.isWord($0) }) {
                name += " " + words.joined(separator: " ")
                index = end
                break
            }
        }
        guard index < tokens.endIndex, tokens[index].isSymbol("(") else { return (name, index - tokens.startIndex) }
        var depth = 0
        while index < tokens.endIndex {
            let token = tokens[index]
            if token.isSymbol("(") { depth += 1 }
            if token.isSymbol(")") { depth -= 1 }
            name += token.kind == .word && token.spaced && !name.hasSuffix("(") ? " " + token.text : token.text
            index += 1
            if depth == 0 { break }
        }
        return (name, index - tokens.startIndex)
    }

    /// The type of a name as ``read(_:)`` gives it. Structured types are what they hold at run time: `ARRAY(INT)` is
    /// ARRAY, `OBJECT(…)` and `MAP(…)` are OBJECT.
    static func sqlType(_ name: String) -> SQLType? {
        if let type = SQLType(parsing: name) { return type }
        if name.hasPrefix("ARRAY(") { return .array }
        if name.hasPrefix("OBJECT(") || name.hasPrefix("MAP(") { return .object }
        if name.hasPrefix("CHARACTER VARYING") { return SQLType(parsing: "VARCHAR" + name.dropFirst(17)) }
        return nil
    }

    /// Names of Snowflake for 64-bit integers in our DuckDB.
    private static let integers: Set = ["INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "BYTEINT"]

    /// Whether the name is one of the INT family, which DuckDB holds as BIGINT.
    static func isInteger(_ name: String) -> Bool { integers.contains(name) }

    private static let known = [
        "NUMBER", "DECIMAL", "NUMERIC", "INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "BYTEINT", "FLOAT", "DOUBLE",
        "REAL", "VARCHAR", "STRING", "TEXT", "CHAR", "BINARY", "VARBINARY", "BOOLEAN", "DATE", "TIME", "DATETIME",
        "TIMESTAMP", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ", "VARIANT", "OBJECT", "ARRAY",
    ]

    /// A hint with the nearest type name.
    static func near(_ name: String) -> String? {
        RegistryError.nearMiss(String(name.prefix { $0 != "(" }), known)
    }
}
