import Types

extension StatementParser {
    static func insert(_ cursor: inout TokenCursor) throws -> Statement {
        let start = cursor.position
        cursor.index += 1
        let overwrite = cursor.accept("OVERWRITE")
        if cursor.isNext("ALL") || cursor.isNext("FIRST") {
            cursor.index = cursor.limit
            return .unsupported(
                UnsupportedStatement(name: "INSERT ALL", position: start, hint: "Use one INSERT for each table."))
        }
        try cursor.expect("INTO")
        _ = cursor.accept("TABLE")
        let table = try cursor.objectReference()
        let columns = cursor.isNextSymbol("(") && !isQuery(cursor, after: 1) ? try cursor.identifierList() : []
        guard isQuery(cursor, after: 0) || cursor.isNextSymbol("(") else {
            throw cursor.unexpected(hint: "Expected VALUES or SELECT.")
        }
        let source = try cursor.rest()
        return .insert(InsertStatement(table: table, overwrite: overwrite, columns: columns, source: source))
    }

    private static func isQuery(_ cursor: TokenCursor, after ahead: Int) -> Bool {
        guard let word = cursor.peek(ahead)?.keyword else { return false }
        return ["SELECT", "WITH", "VALUES"].contains(word)
    }

    /// `[AS] alias`, unless one of `words` stands there.
    private static func alias(_ cursor: inout TokenCursor, before words: [String]) throws -> Identifier? {
        if cursor.accept("AS") { return try cursor.identifier() }
        guard let token = cursor.current else { return nil }
        if token.kind == .quotedIdentifier { return try cursor.identifier() }
        guard let word = token.keyword, !words.contains(word) else { return nil }
        return try cursor.identifier()
    }

    static func update(_ cursor: inout TokenCursor) throws -> Statement {
        cursor.index += 1
        let table = try cursor.objectReference()
        let alias = try alias(&cursor, before: ["SET"])
        try cursor.expect("SET")
        let assignments = try assignments(&cursor) { $0.isNext("FROM") || $0.isNext("WHERE") }
        var from: SQLText?
        var condition: SQLText?
        if cursor.accept("FROM") { from = try cursor.text { $0.isNext("WHERE") } }
        if cursor.accept("WHERE") { condition = try cursor.rest() }
        return .update(
            UpdateStatement(table: table, alias: alias, assignments: assignments, from: from, condition: condition))
    }

    /// `a = x, t.b = y`, each value up to a comma or where `stop` says.
    private static func assignments(
        _ cursor: inout TokenCursor, until stop: (TokenCursor) -> Bool
    ) throws -> [Assignment] {
        var assignments: [Assignment] = []
        repeat {
            let column = try cursor.partialName(maximum: 4).last
            try cursor.expectSymbol("=")
            let value = try cursor.text { $0.isNextSymbol(",") || stop($0) && !isDistinctFrom($0) }
            assignments.append(Assignment(column: column, value: value))
        } while cursor.acceptSymbol(",")
        return assignments
    }

    /// Whether the FROM here belongs to IS DISTINCT FROM.
    private static func isDistinctFrom(_ cursor: TokenCursor) -> Bool {
        cursor.isNext("FROM") && cursor.index > 0 && cursor.tokens[cursor.index - 1].isWord("DISTINCT")
    }

    static func delete(_ cursor: inout TokenCursor) throws -> Statement {
        cursor.index += 1
        try cursor.expect("FROM")
        let table = try cursor.objectReference()
        let alias = try alias(&cursor, before: ["USING", "WHERE"])
        var using: SQLText?
        var condition: SQLText?
        if cursor.accept("USING") { using = try cursor.text { $0.isNext("WHERE") } }
        if cursor.accept("WHERE") { condition = try cursor.rest() }
        return .delete(DeleteStatement(table: table, alias: alias, using: using, condition: condition))
    }

    static func merge(_ cursor: inout TokenCursor) throws -> Statement {
        cursor.index += 1
        try cursor.expect("INTO")
        let table = try cursor.objectReference()
        let tableAlias = try alias(&cursor, before: ["USING"])
        try cursor.expect("USING")
        let source = try mergeSource(&cursor)
        let sourceAlias = try alias(&cursor, before: ["ON"])
        try cursor.expect("ON")
        let condition = try cursor.text { startsWhen($0) }
        var clauses: [MergeStatement.Clause] = []
        while !cursor.isAtEnd { clauses.append(try mergeClause(&cursor)) }
        guard !clauses.isEmpty else { throw cursor.unexpected(hint: "Expected WHEN MATCHED or WHEN NOT MATCHED.") }
        return .merge(
            MergeStatement(
                table: table, alias: tableAlias, source: source, sourceAlias: sourceAlias, condition: condition,
                clauses: clauses))
    }

    /// A bracket, a name, or a table function with its bracket.
    private static func mergeSource(_ cursor: inout TokenCursor) throws -> SQLText {
        let start = cursor.index
        if !cursor.isNextSymbol("(") {
            _ = try cursor.objectReference()
        }
        if cursor.isNextSymbol("(") { _ = try cursor.bracketed() }
        return SQLText(cursor.tokens[start..<cursor.index])
    }

    private static func startsWhen(_ cursor: TokenCursor) -> Bool {
        cursor.isNext("WHEN", "MATCHED") || cursor.isNext("WHEN", "NOT", "MATCHED")
    }

    private static func mergeClause(_ cursor: inout TokenCursor) throws -> MergeStatement.Clause {
        try cursor.expect("WHEN")
        let matched = !cursor.accept("NOT")
        try cursor.expect("MATCHED")
        var condition: SQLText?
        if cursor.accept("AND") { condition = try cursor.text { $0.isNext("THEN") } }
        try cursor.expect("THEN")
        let action: MergeStatement.Action
        switch cursor.acceptAny("UPDATE", "DELETE", "INSERT") {
        case "UPDATE":
            try cursor.expect("SET")
            action = .update(try assignments(&cursor) { startsWhen($0) })
        case "DELETE": action = .delete
        case "INSERT":
            let columns = cursor.isNextSymbol("(") ? try mergeColumns(&cursor) : []
            try cursor.expect("VALUES")
            try cursor.expectSymbol("(")
            var values: [SQLText] = []
            repeat {
                values.append(try cursor.text { $0.isNextSymbol(",") })
            } while cursor.acceptSymbol(",")
            try cursor.expectSymbol(")")
            action = .insert(columns, values)
        default: throw cursor.unexpected(hint: "Expected UPDATE, DELETE or INSERT.")
        }
        return MergeStatement.Clause(matched: matched, condition: condition, action: action)
    }

    /// `(a, t.b)`: columns, whose table may be named.
    private static func mergeColumns(_ cursor: inout TokenCursor) throws -> [Identifier] {
        try cursor.expectSymbol("(")
        var columns = [try cursor.partialName(maximum: 4).last]
        while cursor.acceptSymbol(",") { columns.append(try cursor.partialName(maximum: 4).last) }
        try cursor.expectSymbol(")")
        return columns
    }
}
