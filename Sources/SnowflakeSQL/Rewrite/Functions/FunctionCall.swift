import Types

/// A call of a function with its rewritten parts, as the rules see it.
struct FunctionCall {
    /// Upper case.
    let name: String
    let arguments: [Argument]
    let isDistinct: Bool
    /// What stands in `WITHIN GROUP (ORDER BY …)`, behind BY.
    let order: String?
    let position: RegistryError.Position
    let context: RewriteContext
    /// Whether the rows of the query come from a GENERATOR.
    let hasGenerator: Bool

    struct Argument {
        /// Upper case, where given as `name => value`.
        let name: String?
        let sql: String
        /// The argument as written.
        let nodes: [Node]

        /// The value where it is a string constant.
        var string: String? {
            guard nodes.count == 1, let token = nodes[0].token, token.kind == .string || token.kind == .dollarString
            else { return nil }
            return try? StringLiteral.value(of: token)
        }

        /// The word, upper case, or the string's value, upper case: how parts of dates are given.
        var word: String? {
            guard nodes.count == 1, let token = nodes[0].token else { return nil }
            return token.keyword ?? string?.uppercased()
        }

        var integer: Int? {
            guard nodes.count == 1, let token = nodes[0].token, token.kind == .number else { return nil }
            return Int(token.text)
        }
    }

    /// Where OVER (…) goes in a rule's text; behind it where the mark is missing. NUL can't be in the text otherwise.
    static let over = "\u{0}OVER\u{0}"

    subscript(index: Int) -> String { arguments[index].sql }
    var count: Int { arguments.count }
    /// All arguments, with commas.
    var list: String { arguments.map(\.sql).joined(separator: ", ") }
    /// `DISTINCT ` or nothing.
    var distinct: String { isDistinct ? "DISTINCT " : "" }

    /// Throws unless the number of arguments is in the range.
    func expect(_ range: ClosedRange<Int>) throws {
        guard range.contains(count) else {
            let wanted =
                range.lowerBound == range.upperBound
                ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
            throw RegistryError(
                .unknownFunction, "Function \(name) takes \(wanted) arguments, \(count) were given.", position: position
            )
        }
    }

    func unsupported(_ what: String, hint: String? = nil) -> RegistryError {
        RegistryError(.unsupported, "\(what) is not supported.", hint: hint, position: position)
    }
}
