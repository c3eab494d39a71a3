package import Types

/// Text that becomes a part of a statement.
package enum SQLWord {
    /// A name as SQL reads it: folded to upper case unless it is in double quotes.
    package static func name(_ text: String) throws -> String { try Identifier(parsing: text).description }

    /// A text as a literal: backslashes and quotes in it stand for themselves.
    package static func literal(_ text: String) -> String { QuotedText.literal(text.replacing("\\", with: "\\\\")) }

    /// `KEY = 'text'`, nothing where there is no text.
    package static func property(_ key: String, _ text: String?) -> String? {
        text.map { "\(key) = \(literal($0))" }
    }
}
