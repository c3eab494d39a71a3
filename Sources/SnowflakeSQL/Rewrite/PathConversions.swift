/// Conversions that Snowflake makes by itself where a path into a VARIANT meets a text or a number: `v:name = 'x'`,
/// `v:a + 1`. DuckDB would read the text as JSON, and has no arithmetic on it.
struct PathOperand {
    /// Its place in the output; it is one piece.
    let piece: Int
    let text: String
}

extension ExpressionWalk {
    private static let comparisons: Set<String> = [
        "=", "<>", "!=", "<", ">", "<=", ">=", "LIKE", "ILIKE", "SIMILAR TO",
    ]
    private static let arithmetic: Set<String> = ["+", "-", "*", "/", "%"]

    /// Puts `macro` around the path that stands `count` pieces before the end, if one does.
    private mutating func convert(_ macro: String, before count: Int) {
        guard let path, path.piece == output.pieces.count - count, output.pieces[path.piece].text == path.text else {
            return
        }
        output.replaceText(at: path.piece, by: "\(macro)(\(path.text))")
        self.path = nil
    }

    /// At a text constant, before it is added: `v:name = ` or `v:name NOT LIKE ` stand last.
    mutating func convertPathBeforeText() {
        guard let last = output.pieces.last?.text, Self.comparisons.contains(last) else { return }
        let isNegated = output.pieces.dropLast().last?.text == "NOT"
        convert("sf_varchar", before: isNegated ? 3 : 2)
    }

    /// At the list of `v:name IN ('a', 'b')`.
    mutating func convertPathBeforeList(_ group: Group) {
        guard output.pieces.last?.text == "IN", let first = group.items.first?.token,
            first.kind == .string || first.kind == .dollarString
        else { return }
        let isNegated = output.pieces.dropLast().last?.text == "NOT"
        convert("sf_varchar", before: isNegated ? 3 : 2)
    }

    /// At WHEN: `CASE v:name WHEN 'a'`.
    mutating func convertPathBeforeWhen() {
        guard let next = peek(1)?.token, next.kind == .string || next.kind == .dollarString else { return }
        convert("sf_varchar", before: 1)
    }

    /// At an operator, before it is added: the path stands directly before it.
    mutating func convertPathBeforeOperator(_ symbol: String) {
        if symbol == "||" { convert("sf_varchar", before: 1) }
        if Self.arithmetic.contains(symbol) { convert("sf_number", before: 1) }
    }

    /// After a path was added: what stands before it decides.
    mutating func convertPathAfterOperator() {
        guard output.pieces.count > 2 else { return }
        let symbol = output.pieces[output.pieces.count - 2].text
        let left = output.pieces[output.pieces.count - 3].text
        if symbol == "||" || Self.comparisons.contains(symbol) && left.hasPrefix("'") {
            convert("sf_varchar", before: 1)
        } else if Self.arithmetic.contains(symbol) {
            convert("sf_number", before: 1)
        }
    }
}
