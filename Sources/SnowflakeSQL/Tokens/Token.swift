package import Types

/// One piece of a statement's text, with its place. The tokens of a text, in order, spell it again exactly.
package struct Token: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// An unquoted name or keyword, as written: `select`, `my_table`, `SYSTEM$GET_TAG`.
        case word
        /// `"…"`, quotes included.
        case quotedIdentifier
        /// `'…'`, quotes included, escapes not decoded.
        case string
        /// `$$…$$`, delimiters included.
        case dollarString
        case number
        /// `$1` or `$name`.
        case dollarName
        /// `?`; ``Token/ordinal`` counts them from 1.
        case question
        /// `@stage/path`, `@~/path`, `@%table/path`: up to the next white space, comma, semicolon or bracket.
        case stage
        /// An unquoted `snow://…`.
        case snowURL
        /// An unquoted `file://…`.
        case fileURL
        /// An operator or a bracket.
        case symbol
        case whitespace
        case comment
        /// A quote or comment that is not closed, up to the end of the text.
        case unterminated
    }

    package let kind: Kind
    /// The text as written.
    package let text: String
    /// UTF-8 offset of the first byte in the statement's text.
    package let offset: Int
    /// Line, from 1.
    package let line: Int
    /// Column in the line, from 0, counted in Unicode scalars.
    package let column: Int
    /// For `?`, which one it is in the text, from 1; else 0.
    package let ordinal: Int
    /// Whether white space or a comment stands directly before. Set where trivia were removed.
    package var spaced: Bool

    package init(
        _ kind: Kind, _ text: String, offset: Int = 0, line: Int = 1, column: Int = 0, ordinal: Int = 0,
        spaced: Bool = false
    ) {
        self.kind = kind
        self.text = text
        self.offset = offset
        self.line = line
        self.column = column
        self.ordinal = ordinal
        self.spaced = spaced
    }

    /// UTF-8 offset after the last byte.
    package var end: Int { offset + text.utf8.count }

    package var position: RegistryError.Position { .init(line: line, column: column) }

    /// White space or a comment.
    package var isTrivia: Bool { kind == .whitespace || kind == .comment }

    /// Whether this is the unquoted word `upper` (given in upper case), in any case.
    package func isWord(_ upper: String) -> Bool {
        kind == .word && text.utf8.count == upper.utf8.count && Token.equalFolding(text, upper)
    }

    package func isSymbol(_ symbol: String) -> Bool { kind == .symbol && text == symbol }

    /// Whether two texts of equal length are equal but for ASCII case; `upper` is upper case.
    private static func equalFolding(_ text: String, _ upper: String) -> Bool {
        for (a, b) in zip(text.utf8, upper.utf8) where a != b {
            guard a >= 97, a <= 122, a - 32 == b else { return false }
        }
        return true
    }

    /// The upper-cased text of a word, nil for any other token.
    package var keyword: String? { kind == .word ? text.uppercased() : nil }
}
