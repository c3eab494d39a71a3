import SnowflakeSQL
import Types

/// DuckDB's syntax errors in Snowflake's words, at the place in the user's own text.
enum SyntaxErrorText {
    /// - Parameters:
    ///   - message: DuckDB's, e.g. `syntax error at or near "x"`.
    ///   - offset: where in the rewritten text, in bytes.
    ///   - source: the text that was rewritten; nil for the engine's own.
    static func explain(_ message: String, offset: Int?, rewritten: String, source: SQLText?) -> RegistryError {
        guard let source else { return RegistryError(.internal, "The engine's own query is malformed: \(message)") }
        guard message.hasPrefix("syntax error") else {
            return RegistryError(
                .syntax, message.isEmpty ? "The statement can't be parsed." : message, position: source.position)
        }
        let near = message.split(separator: "\"", maxSplits: 1).dropFirst().first.map { String($0.dropLast()) } ?? ""
        guard let token = place(of: near, offset: offset ?? 0, in: rewritten, source: source) else {
            let end = source.tokens.last?.position ?? source.position
            return RegistryError(
                .syntax, "syntax error line \(end.line) at position \(end.column) unexpected end of the statement.",
                position: end)
        }
        let position = token.position
        return RegistryError(
            .syntax,
            "syntax error line \(position.line) at position \(position.column) unexpected '\(token.text.prefix(100))'.",
            position: position)
    }

    /// The token of the source that stands for the one DuckDB stopped at: of those with its text, the one whose count
    /// among equals is the same.
    private static func place(of near: String, offset: Int, in rewritten: String, source: SQLText) -> Token? {
        guard !near.isEmpty else { return nil }
        let wanted = near.uppercased()
        let before = String(decoding: rewritten.utf8.prefix(offset), as: UTF8.self)
        let earlier = (try? Tokenizer.significant(before))?.filter { $0.text.uppercased() == wanted }.count ?? 0
        let same = source.tokens.filter { $0.text.uppercased() == wanted }
        return same.isEmpty ? source.tokens.last : same[min(earlier, same.count - 1)]
    }
}
