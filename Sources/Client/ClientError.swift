package import Types

/// Why something did not happen, as the one who asked sees it.
package enum ClientError: Error, Sendable {
    /// The server can't be reached, or answers as no Roost does.
    case connection(String)
    /// The server refused the login, or ended the session.
    case login(String)
    /// The server refused the statement.
    case statement(StatementFailure)
    /// Something on this side: a file that can't be read, an option that makes no sense.
    case usage(String)

    /// One or more lines, without the place in the statement.
    package var text: String {
        switch self {
        case .connection(let text), .login(let text), .usage(let text): text
        case .statement(let failure): failure.headline
        }
    }
}

/// The server's answer to a statement that failed.
package struct StatementFailure: Sendable, Hashable {
    /// Snowflake's code, digits only, e.g. `001003`.
    package let code: String
    /// Five characters, e.g. `42000`; empty where the answer has none.
    package let sqlState: String
    package let message: String
    /// Line from 1 and column from 0 in the statement's text, nil where the server does not know.
    package let position: RegistryError.Position?
    package let queryID: String

    package init(code: String, sqlState: String, message: String, position: RegistryError.Position?, queryID: String) {
        self.code = code
        self.sqlState = sqlState
        self.message = message
        self.position = position
        self.queryID = queryID
    }

    /// `001003 (42000): what is wrong`.
    package var headline: String { sqlState.isEmpty ? "\(code): \(message)" : "\(code) (\(sqlState)): \(message)" }

    /// The line of the statement that the position is in with a caret under the place, nil where there is none.
    ///
    /// Tabs become one space each, and control characters are shown as dots, so that the caret stands right. A long line
    /// is cut around the place.
    package func excerpt(of sql: String, width: Int = 100) -> String? {
        guard let position, position.line >= 1 else { return nil }
        let lines = sql.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.indices.contains(position.line - 1) else { return nil }
        let scalars = lines[position.line - 1].unicodeScalars.map { scalar -> Unicode.Scalar in
            scalar == "\t" || scalar == "\r" ? " " : scalar.value < 0x20 || scalar.value == 0x7F ? "." : scalar
        }
        let column = min(max(position.column, 0), scalars.count)
        let start = max(0, min(column - width / 2, scalars.count - width))
        let shown = scalars[start..<min(scalars.count, start + width)]
        var line = String(String.UnicodeScalarView(shown))
        while line.hasSuffix(" ") { line.removeLast() }
        let before = scalars[start..<column].reduce(0) { $0 + TextWidth.columns(of: $1) }
        return "  \(line)\n  \(String(repeating: " ", count: before))^"
    }
}
