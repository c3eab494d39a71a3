import Types

/// A token, or a bracket with what it holds.
enum Node {
    case token(Token)
    case group(Group)

    /// The first token.
    var first: Token {
        switch self {
        case .token(let token): token
        case .group(let group): group.open
        }
    }

    var token: Token? {
        if case .token(let token) = self { token } else { nil }
    }

    /// The bracket, when it opens with `symbol`.
    func group(_ symbol: String) -> Group? {
        if case .group(let group) = self, group.open.text == symbol { group } else { nil }
    }

    func isWord(_ upper: String) -> Bool { token?.isWord(upper) ?? false }
    func isSymbol(_ symbol: String) -> Bool { token?.isSymbol(symbol) ?? false }
    /// The upper-cased word, nil for anything else.
    var keyword: String? { token?.keyword }
}

/// A bracket: `(…)`, `[…]` or `{…}`.
struct Group {
    let open: Token
    let items: [Node]
    let close: Token
}

enum TokenTree {
    /// Groups the tokens by brackets, without recursion.
    ///
    /// - Throws: `syntax` for a bracket that does not match, or nesting deeper than ``StatementParser/maximumDepth``.
    static func build(_ tokens: [Token]) throws -> [Node] {
        var levels: [[Node]] = [[]]
        var open: [Token] = []
        for token in tokens {
            guard token.kind == .symbol else {
                levels[levels.count - 1].append(.token(token))
                continue
            }
            switch token.text {
            case "(", "[", "{":
                open.append(token)
                levels.append([])
                guard open.count <= StatementParser.maximumDepth else { throw Brackets.tooDeep(token) }
            case ")", "]", "}":
                guard let start = open.popLast(), Brackets.closing(start.text) == token.text else {
                    throw SyntaxError.unexpected(token)
                }
                let items = levels.removeLast()
                levels[levels.count - 1].append(.group(Group(open: start, items: items, close: token)))
            default: levels[levels.count - 1].append(.token(token))
            }
        }
        if let unclosed = open.last { throw SyntaxError.unexpected(unclosed, hint: "The bracket is not closed.") }
        return levels[0]
    }

    /// Splits at commas of this level; no nodes give no parts.
    static func split(_ nodes: some Collection<Node>) -> [[Node]] {
        guard !nodes.isEmpty else { return [] }
        var parts: [[Node]] = [[]]
        for node in nodes {
            if node.isSymbol(",") { parts.append([]) } else { parts[parts.count - 1].append(node) }
        }
        return parts
    }
}
