package import Types

/// A part of a statement that is not parsed here: a query, an expression, a FROM clause. It keeps the tokens (trivia
/// removed), so that ``QueryRewriter`` can turn it into DuckDB's SQL later, with bindings counted over the statement.
package struct SQLText: Hashable, Sendable {
    /// The significant tokens, in order. May be empty only for an empty text.
    package let tokens: [Token]

    package init(_ tokens: some Sequence<Token>) {
        self.tokens = Array(tokens)
    }

    /// Tokenizes a text that is a query or an expression by itself, such as a view's definition or a default.
    ///
    /// - Throws: `syntax` where a quote or comment is not closed.
    package init(parsing sql: String) throws {
        tokens = try Tokenizer.significant(sql)
    }

    /// Where the part begins; line 1, column 0 when it is empty.
    package var position: RegistryError.Position { tokens.first?.position ?? .init(line: 1, column: 0) }

    /// The text as written, but with one space for each run of white space and comments: parses to the same tokens.
    package var text: String {
        var text = ""
        for (index, token) in tokens.enumerated() {
            if index > 0, token.spaced { text += " " }
            text += token.text
        }
        return text
    }
}
