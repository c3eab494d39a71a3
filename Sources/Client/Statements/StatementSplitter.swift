import SnowflakeSQL
import Types

/// Splits a text into its statements at semicolons outside quotes, comments and `$$` strings.
package enum StatementSplitter {
    /// One statement.
    package struct Piece: Sendable, Hashable {
        /// Without the white space and comments around it, and without the semicolon.
        package let text: String
        /// The line of the whole text that it begins in, from 1.
        package let line: Int
        /// Whether a semicolon ends it. Only the last piece may have none.
        package let isTerminated: Bool
        /// Whether a quote, comment or `$$` in it is not closed.
        package let isOpen: Bool

        package init(text: String, line: Int, isTerminated: Bool, isOpen: Bool = false) {
            self.text = text
            self.line = line
            self.isTerminated = isTerminated
            self.isOpen = isOpen
        }
    }

    /// The statements in order. Empty ones, e.g. between two semicolons, are left out.
    package static func split(_ text: String) -> [Piece] {
        var pieces: [Piece] = []
        var tokens: [Token] = []
        func take(isTerminated: Bool) {
            defer { tokens = [] }
            guard let first = tokens.firstIndex(where: { !$0.isTrivia }),
                let last = tokens.lastIndex(where: { !$0.isTrivia })
            else { return }
            pieces.append(
                Piece(
                    text: tokens[first...last].map(\.text).joined(), line: tokens[first].line,
                    isTerminated: isTerminated, isOpen: tokens[last].kind == .unterminated))
        }
        for token in Tokenizer.tokenize(text) {
            if token.isSymbol(";") { take(isTerminated: true) } else { tokens.append(token) }
        }
        take(isTerminated: false)
        return pieces
    }

    /// Whether a text that is being typed can be run: it is empty or ends with a semicolon, comments after that aside.
    package static func isComplete(_ text: String) -> Bool {
        let tokens = Tokenizer.tokenize(text)
        guard let last = tokens.last(where: { !$0.isTrivia }) else {
            // A comment that is not closed is not trivia; one to the end of its line is, and waits for no more.
            return true
        }
        return last.isSymbol(";")
    }
}
