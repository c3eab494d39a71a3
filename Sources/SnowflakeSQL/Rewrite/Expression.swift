import Types

extension Rewriter {
    /// Rewrites a sequence of expressions with the keywords and commas between them.
    func expression(_ nodes: ArraySlice<Node>, _ scope: Scope) throws -> Output {
        var walk = ExpressionWalk(nodes: nodes, scope: scope)
        while walk.index < nodes.endIndex {
            let before = (operand: walk.output.operand, cost: cost)
            cost += 1
            switch nodes[walk.index] {
            case .group(let group): try bracket(group, &walk)
            case .token(let token): try self.token(token, &walk)
            }
            if walk.output.operand != before.operand {
                walk.mark = before.cost
                walk.postfixes = 0
            }
        }
        return walk.output
    }

    private func token(_ token: Token, _ walk: inout ExpressionWalk) throws {
        switch token.kind {
        case .word: try word(token, &walk)
        case .quotedIdentifier: try quotedName(token, &walk)
        case .string, .dollarString:
            let literal = StringLiteral.quote(try StringLiteral.value(of: token))
            walk.index += 1
            walk.convertPathBeforeText()
            walk.output.addOperand(literal, spaced: token.spaced)
        case .number:
            walk.index += 1
            // `-1::VARCHAR` is the text of -1.
            let isNegative = walk.output.removeSign()
            walk.output.addOperand(isNegative ? "-" + token.text : token.text, spaced: token.spaced || isNegative)
        case .dollarName:
            walk.index += 1
            try dollar(token, &walk)
        case .question:
            walk.index += 1
            walk.output.addOperand(Rewriter.safe(try binding(token.ordinal, at: token)), spaced: token.spaced)
        case .stage, .snowURL:
            walk.index += 1
            walk.output.addOperand(StringLiteral.quote(token.text), spaced: token.spaced)
        case .symbol: try symbol(token, &walk)
        case .fileURL, .whitespace, .comment, .unterminated: throw SyntaxError.unexpected(token)
        }
    }

    /// A literal that may stand behind an operator: brackets around a negative number.
    static func safe(_ literal: String) -> String { literal.hasPrefix("-") ? "(\(literal))" : literal }

    private func symbol(_ token: Token, _ walk: inout ExpressionWalk) throws {
        switch token.text {
        case "::":
            try postfixCast(token, &walk)
        case ":":
            if walk.output.operand != nil {
                try path(&walk)
            } else {
                try colonBinding(token, &walk)
            }
        case ".":
            walk.index += 1
            walk.output.extendOperand(".")
            walk.behindDot = true
        case "!":
            throw SyntaxError.unexpected(
                token, hint: "A method is called as model!method(…) or MODEL(model, version)!method(…).")
        case "+", "-", "*", "/", "%", "=", "<>", "!=", "<", ">", "<=", ">=", "||", ",", "=>", "->":
            walk.index += 1
            walk.convertPathBeforeOperator(token.text)
            walk.output.add(token.text, spaced: token.spaced)
        default:
            // Operators of DuckDB that Snowflake does not have, and what is no SQL at all.
            throw SyntaxError.unexpected(token)
        }
    }

    /// `:1`
    private func colonBinding(_ token: Token, _ walk: inout ExpressionWalk) throws {
        guard let number = walk.peek(1)?.token, number.kind == .number, let ordinal = Int(number.text) else {
            throw SyntaxError.unexpected(token, hint: "Named bindings are not supported: use ? or :1.")
        }
        walk.index += 2
        walk.output.addOperand(Rewriter.safe(try binding(ordinal, at: number)), spaced: token.spaced)
    }

    /// `$1` of the FROM clause, or a session variable.
    private func dollar(_ token: Token, _ walk: inout ExpressionWalk) throws {
        guard let number = Int(token.text.dropFirst()) else {
            walk.output.addOperand(Rewriter.safe(try variable(token)), spaced: token.spaced)
            return
        }
        let isQualified = walk.behindDot
        walk.behindDot = false
        let block = walk.scope.block
        if let columns = block?.columns {
            guard number >= 1, number <= columns.count else {
                throw RegistryError(
                    .unknownColumn, "Column $\(number) does not exist: VALUES has \(columns.count).",
                    position: token.position)
            }
            let name = Identifier(resolved: columns[number - 1]).quoted
            if isQualified {
                walk.output.extendOperand(name)
            } else {
                walk.output.addOperand(name, spaced: token.spaced)
            }
        } else if let block, !block.stages.isEmpty {
            block.usedColumns.insert(number)
            if isQualified {
                walk.output.extendOperand("\"$\(number)\"")
            } else {
                walk.output.addOperand("\"$\(number)\"", spaced: token.spaced)
            }
        } else {
            guard !isQualified, number >= 1 else { throw SyntaxError.unexpected(token) }
            walk.output.addOperand("#\(number)", spaced: token.spaced)
        }
    }

    private func quotedName(_ token: Token, _ walk: inout ExpressionWalk) throws {
        if try callsModel(token, &walk) { return }
        let text = try name(token)
        walk.index += 1
        if walk.behindDot {
            walk.behindDot = false
            walk.output.extendOperand(text)
        } else {
            walk.output.addOperand(text, spaced: token.spaced)
        }
        if let group = walk.peek(0)?.group("("), !walk.isBehindAlias { try plainCall(group, &walk) }
    }

    /// A model call that begins here, rewritten.
    func callsModel(_ token: Token, _ walk: inout ExpressionWalk) throws -> Bool {
        guard !walk.behindDot, let call = try modelCall(walk.nodes, walk.index, walk.scope, isTable: false) else {
            return false
        }
        walk.index = call.end
        walk.output.addOperand(call.sql, spaced: token.spaced)
        return true
    }

    /// The bracket of a call whose name stands in the output already.
    func plainCall(_ group: Group, _ walk: inout ExpressionWalk) throws {
        walk.index += 1
        walk.output.extendOperand("(" + (try inner(group, walk.scope)) + ")")
    }

    /// The contents of a bracket: a query or expressions.
    func inner(_ group: Group, _ scope: Scope) throws -> String {
        let items = group.items[...]
        if items.count == 1, items[0].isSymbol("+") {
            throw RegistryError(
                .unsupported, "The outer join operator (+) is not supported.", hint: "Use LEFT JOIN.",
                position: group.open.position)
        }
        return isQuery(items) ? try query(items, scope).text : try expression(items, scope).text
    }

    private func bracket(_ group: Group, _ walk: inout ExpressionWalk) throws {
        switch group.open.text {
        case "[":
            if walk.output.operand != nil { return try subscripted(group, &walk) }
            walk.index += 1
            let items = try TokenTree.split(group.items).map { try expression($0[...], walk.scope).text }
            walk.output.addOperand(Rewriter.array(items), spaced: group.open.spaced)
        case "{":
            walk.index += 1
            walk.output.addOperand(try object(group, walk.scope), spaced: group.open.spaced)
        default:
            walk.index += 1
            walk.convertPathBeforeList(group)
            walk.output.addOperand("(" + (try inner(group, walk.scope)) + ")", spaced: group.open.spaced)
        }
    }

    /// An ARRAY from its elements as SQL.
    static func array(_ items: [String]) -> String {
        items.isEmpty ? "CAST([] AS JSON[])" : "[" + items.map { "sf_element(\($0))" }.joined(separator: ", ") + "]"
    }

    /// `{'a': 1, 'b': x}`
    private func object(_ group: Group, _ scope: Scope) throws -> String {
        if group.items.count == 1, group.items[0].isSymbol("*") {
            throw RegistryError(.unsupported, "{*} is not supported.", position: group.open.position)
        }
        var parts: [String] = []
        for item in TokenTree.split(group.items) {
            guard let colon = item.firstIndex(where: { $0.isSymbol(":") }), colon == 1, item.count > 2,
                let key = item[0].token, key.kind == .string || key.kind == .dollarString
            else {
                throw SyntaxError.unexpected(item.first?.first ?? group.open, hint: "Write {'key': value}.")
            }
            parts.append(StringLiteral.quote(try StringLiteral.value(of: key)))
            parts.append(try expression(item[2...], scope).text)
        }
        return FunctionRules.objectConstruct(parts, keepNulls: false)
    }
}

/// Where a rewrite of a sequence of expressions stands.
struct ExpressionWalk {
    let nodes: ArraySlice<Node>
    let scope: Scope
    var index: Int
    var output = Output()
    /// Whether a dot stands last, so that a name goes on.
    var behindDot = false
    /// The last path into a VARIANT, while it may need a conversion.
    var path: PathOperand?
    /// What the rewriter's cost was when the operand that stands last began.
    var mark = 0
    /// How many casts and subscripts the operand that stands last has behind it.
    var postfixes = 0
    /// Where the CASEs that are open begin in the output.
    var cases: [Int] = []

    init(nodes: ArraySlice<Node>, scope: Scope) {
        self.nodes = nodes
        self.scope = scope
        index = nodes.startIndex
    }

    /// Counts a postfix operator at `token`: each one nests the operand deeper.
    mutating func nest(_ token: Token) throws {
        postfixes += 1
        guard postfixes <= StatementParser.maximumDepth else {
            throw RegistryError(
                .limitExceeded,
                "The statement is too complex: more than \(StatementParser.maximumDepth) casts or subscripts "
                    + "follow one another.", position: token.position)
        }
    }

    /// The node `ahead` of the current one.
    func peek(_ ahead: Int) -> Node? {
        let at = index + ahead
        return at >= nodes.startIndex && at < nodes.endIndex ? nodes[at] : nil
    }

    /// Whether the name just written is an alias: the word before it is AS.
    var isBehindAlias: Bool { peek(-2)?.isWord("AS") ?? false }
}
