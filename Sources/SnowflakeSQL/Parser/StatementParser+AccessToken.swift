extension StatementParser {
    /// Whether `ADD PAT`, `ROTATE PROGRAMMATIC ACCESS TOKEN` and the like come next.
    static func isAccessTokenNext(_ cursor: TokenCursor) -> Bool {
        ["ADD", "ROTATE", "MODIFY", "REMOVE"].contains { verb in
            cursor.isNext(verb, "PAT") || cursor.isNext(verb, "PROGRAMMATIC", "ACCESS", "TOKEN")
        }
    }

    /// What stands behind `ALTER USER u`, where ``isAccessTokenNext(_:)`` says so.
    ///
    /// Source: https://docs.snowflake.com/en/sql-reference/sql/alter-user-add-programmatic-access-token and its sisters.
    static func accessTokenAction(_ cursor: inout TokenCursor) throws -> AccessTokenAction {
        let verb = try cursor.word()
        if !cursor.accept("PAT") { try cursor.expect("PROGRAMMATIC", "ACCESS", "TOKEN") }
        let name = try cursor.identifier()
        switch verb {
        case "ADD": return .add(name, try cursor.options())
        case "ROTATE": return .rotate(name, try cursor.options())
        case "REMOVE": return .remove(name)
        default: break
        }
        if cursor.accept("RENAME", "TO") { return .rename(name, to: try cursor.identifier()) }
        if cursor.accept("SET") {
            let options = try cursor.options()
            guard !options.isEmpty else { throw cursor.unexpected(hint: "Expected NAME = value.") }
            return .set(name, options)
        }
        guard cursor.accept("UNSET") else { throw cursor.unexpected(hint: "Expected RENAME TO, SET or UNSET.") }
        var words = [try cursor.word()]
        while cursor.acceptSymbol(",") { words.append(try cursor.word()) }
        return .unset(name, words)
    }
}
