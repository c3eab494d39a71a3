import Types

/// Splits a text into its statements at the semicolons outside brackets and quotes.
package enum StatementSplitter {
    package struct Part: Hashable, Sendable {
        /// The statement, without its semicolon.
        package let sql: String
        /// How many `?` it has.
        package let bindings: Int
    }

    /// The statements of a text, in order; empty ones are left out.
    ///
    /// - Throws: `syntax` where a quote or comment is not closed.
    package static func statements(in sql: String) throws -> [Part] {
        let tokens = try Tokenizer.significant(sql)
        let bytes = Array(sql.utf8)
        var parts: [Part] = []
        var depth = 0
        var start = 0
        func close(at end: Int) {
            let tokens = tokens[start..<end]
            guard let first = tokens.first, let last = tokens.last else { return }
            parts.append(
                Part(
                    sql: String(decoding: bytes[first.offset..<last.end], as: UTF8.self),
                    bindings: tokens.count { $0.kind == .question }))
        }
        for (index, token) in tokens.enumerated() where token.kind == .symbol {
            switch token.text {
            case "(", "[", "{": depth += 1
            case ")", "]", "}": depth -= 1
            case ";" where depth <= 0:
                close(at: index)
                start = index + 1
                depth = 0
            default: break
            }
        }
        close(at: tokens.count)
        return parts
    }
}
