import Types

/// What opens and closes, and how deep.
enum Brackets {
    static func closing(_ open: String) -> String {
        switch open {
        case "(": ")"
        case "[": "]"
        default: "}"
        }
    }

    static func tooDeep(_ token: Token) -> RegistryError {
        RegistryError(
            .syntax,
            "syntax error line \(token.line) at position \(token.column): brackets are nested more than "
                + "\(StatementParser.maximumDepth) deep.",
            position: token.position)
    }
}
