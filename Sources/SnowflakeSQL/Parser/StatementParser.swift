import Types

/// Parses Snowflake's SQL text into a ``Statement``. Pure; the recursion depth does not depend on the input.
package enum StatementParser {
    /// Deepest nesting of brackets that is accepted.
    package static let maximumDepth = 250

    /// Parses one statement; a trailing `;` is allowed.
    ///
    /// - Throws: `syntax` with the position, in Snowflake's wording, for an empty or malformed text; `unsupported` for
    ///   several statements in one text.
    package static func parse(_ sql: String) throws -> Statement {
        var tokens = try Tokenizer.significant(sql)
        while let last = tokens.last, last.isSymbol(";") { tokens.removeLast() }
        guard !tokens.isEmpty else {
            throw RegistryError(
                .syntax, "syntax error line 1 at position 0 unexpected '<EOF>'.", hint: "The statement is empty.",
                position: .init(line: 1, column: 0), detail: ["token": "<EOF>", "empty": "true"])
        }
        let parts = try split(tokens)
        if parts.count == 1 { return try parseOne(parts[0]) }
        return .flow(try parts.map(parseOne))
    }

    /// Checks the brackets and splits at `->>` outside them.
    private static func split(_ tokens: [Token]) throws -> [[Token]] {
        var parts: [[Token]] = []
        var open: [Token] = []
        var start = 0
        for (index, token) in tokens.enumerated() where token.kind == .symbol {
            switch token.text {
            case "(", "[", "{":
                open.append(token)
                guard open.count <= maximumDepth else { throw Brackets.tooDeep(token) }
            case ")", "]", "}":
                guard let last = open.popLast(), Brackets.closing(last.text) == token.text else {
                    throw SyntaxError.unexpected(token)
                }
            case ";" where open.isEmpty:
                let next = tokens[index + 1]
                throw RegistryError(
                    .unsupported,
                    "Several statements in one request, the second one from line \(next.line), position "
                        + "\(next.column): the desired statement count is 1.",
                    hint: "Send one statement at a time, or set MULTI_STATEMENT_COUNT.", position: next.position,
                    detail: ["statements": "several"])
            case "->>" where open.isEmpty:
                parts.append(Array(tokens[start..<index]))
                start = index + 1
            default: break
            }
        }
        if let unclosed = open.last { throw SyntaxError.unexpected(unclosed, hint: "The bracket is not closed.") }
        parts.append(Array(tokens[start...]))
        for (index, part) in parts.enumerated() where part.isEmpty {
            throw SyntaxError.end(tokens[min(index, tokens.count - 1)].position, hint: "A statement must stand here.")
        }
        return parts
    }

    private static func parseOne(_ tokens: [Token]) throws -> Statement {
        var cursor = TokenCursor(tokens)
        guard let statement = try dispatch(&cursor) else { throw unknown(cursor) }
        try cursor.expectEnd()
        return statement
    }

    /// Nil where no statement begins with these words.
    private static func dispatch(_ cursor: inout TokenCursor) throws -> Statement? {
        guard let first = cursor.current else { return nil }
        if first.isSymbol("(") { return .query(try cursor.rest()) }
        guard let verb = first.keyword else { return nil }
        switch verb {
        case "SELECT", "WITH", "VALUES": return .query(try cursor.rest())
        case "EXPLAIN": return try explain(&cursor)
        case "CREATE": return try create(&cursor)
        case "ALTER": return try alter(&cursor)
        case "DROP", "UNDROP": return try drop(&cursor)
        case "TRUNCATE": return try truncate(&cursor)
        case "COMMENT": return try comment(&cursor)
        case "SHOW": return try show(&cursor)
        case "DESCRIBE", "DESC": return try describe(&cursor)
        case "GRANT", "REVOKE": return try grant(&cursor)
        case "USE": return try use(&cursor)
        case "SET", "UNSET": return try variables(&cursor)
        case "BEGIN", "START", "COMMIT", "ROLLBACK": return try transaction(&cursor)
        case "PUT": return try put(&cursor)
        case "GET": return try get(&cursor)
        case "LIST", "LS", "REMOVE", "RM": return try list(&cursor)
        case "COPY": return try copy(&cursor)
        case "INSERT": return try insert(&cursor)
        case "UPDATE": return try update(&cursor)
        case "DELETE": return try delete(&cursor)
        case "MERGE": return try merge(&cursor)
        default: return unoffered(&cursor, verb)
        }
    }

    private static func explain(_ cursor: inout TokenCursor) throws -> Statement {
        cursor.index += 1
        if cursor.accept("USING") { _ = cursor.acceptAny("TEXT", "JSON", "TABULAR") }
        guard let next = cursor.current, next.isSymbol("(") || ["SELECT", "WITH", "VALUES"].contains(next.keyword)
        else {
            throw cursor.unexpected(hint: "Only queries can be explained.")
        }
        return .explain(try cursor.rest())
    }

    /// Statements of Snowflake that are not offered; steps to the end.
    private static func unoffered(_ cursor: inout TokenCursor, _ verb: String) -> Statement? {
        let known: Set = ["CALL", "EXECUTE", "DECLARE", "ANALYZE", "REFRESH", "BACKUP"]
        guard known.contains(verb), let first = cursor.current else { return nil }
        var name = verb
        var ahead = 1
        // The name goes on over words: CALL SYSTEM$DEPLOY_MODEL, EXECUTE INFERENCE JOB SERVICE.
        let limit = verb == "EXECUTE" ? 4 : 2
        while ahead < limit, let word = cursor.peek(ahead)?.keyword, word != "IN", word != "USING" {
            name += " " + word
            ahead += 1
        }
        cursor.index = cursor.limit
        return .unsupported(UnsupportedStatement(name: name, position: first.position, hint: nil))
    }

    static let verbs = [
        "SELECT", "WITH", "VALUES", "EXPLAIN", "CREATE", "ALTER", "DROP", "UNDROP", "TRUNCATE", "COMMENT", "SHOW",
        "DESCRIBE", "GRANT", "REVOKE", "USE", "SET", "UNSET", "BEGIN", "COMMIT", "ROLLBACK", "PUT", "GET", "LIST",
        "REMOVE", "COPY", "INSERT", "UPDATE", "DELETE", "MERGE",
    ]

    private static func unknown(_ cursor: TokenCursor) -> RegistryError {
        guard let first = cursor.current, first.kind == .word else { return cursor.unexpected() }
        return SyntaxError.unexpected(first, hint: RegistryError.nearMiss(first.text, verbs))
    }
}
