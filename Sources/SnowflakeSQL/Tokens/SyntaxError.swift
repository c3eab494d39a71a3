import Types

/// Syntax errors in Snowflake's wording, with their position.
enum SyntaxError {
    static func unexpected(_ token: Token, hint: String? = nil) -> RegistryError {
        at(token.position, String(token.text.prefix(60)), hint: hint)
    }

    static func unterminated(_ token: Token) -> RegistryError {
        let what = token.text.hasPrefix("/*") ? "comment" : token.text.hasPrefix("\"") ? "quoted identifier" : "string"
        return at(token.position, String(token.text.prefix(20)), hint: "The \(what) that starts here is not closed.")
    }

    static func end(_ position: RegistryError.Position, hint: String? = nil) -> RegistryError {
        at(position, "<EOF>", hint: hint)
    }

    private static func at(_ position: RegistryError.Position, _ what: String, hint: String?) -> RegistryError {
        RegistryError(
            .syntax, "syntax error line \(position.line) at position \(position.column) unexpected '\(what)'.",
            hint: hint, position: position, detail: ["token": what])
    }
}
