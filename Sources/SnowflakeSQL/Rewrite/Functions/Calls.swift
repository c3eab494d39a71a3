import Types

extension Rewriter {
    /// A call `NAME(…)` with what may follow it (WITHIN GROUP, IGNORE NULLS, OVER).
    func call(_ name: String, _ token: Token, _ group: Group, _ walk: inout ExpressionWalk) throws {
        walk.index += 2
        let mark = cost
        let text: String
        var argument = ""
        switch name {
        case "CAST", "TRY_CAST": (text, argument) = try castCall(group, isTry: name == "TRY_CAST", walk.scope)
        case "IDENTIFIER": text = try identifierCall(group)
        case "EXTRACT": text = try extract(group, walk.scope)
        case "POSITION" where group.items.contains { $0.isWord("IN") }: text = try position(group, walk.scope)
        case "TRIM" where group.items.contains { $0.isWord("FROM") }: throw SyntaxError.unexpected(token)
        default:
            if Rewriter.isConstantCall(name, group), let constant = try context.constant(name) {
                text = Rewriter.safe(constant)
            } else if name == "LAST_QUERY_ID", let number = Int(SelectItems.text(group.items)),
                let constant = try context.constant(RewriteContext.earlierQuery(number))
            {
                text = Rewriter.safe(constant)
            } else {
                (text, argument) = try plainOrRule(name, token, group, &walk)
            }
        }
        try checkSize(text, token)
        try charge(text, around: argument, since: mark, at: token)
        walk.output.addOperand(text, spaced: token.spaced)
    }

    /// Whether a session function is called in its plain form: no argument, a precision, or LAST_QUERY_ID(-1).
    private static func isConstantCall(_ name: String, _ group: Group) -> Bool {
        if group.items.isEmpty || name.hasPrefix("CURRENT_") { return true }
        return name == "LAST_QUERY_ID" && SelectItems.text(group.items) == "-1"
    }

    /// Largest text of one call: rules that repeat an argument must not explode when they are nested.
    private static let maximumCallBytes = 64 << 20

    func checkSize(_ text: String, _ token: Token) throws {
        guard text.utf8.count <= Rewriter.maximumCallBytes else {
            throw RegistryError(
                .limitExceeded, "The statement is too complex: calls of '\(token.text)' are nested too deep.",
                position: token.position)
        }
    }

    /// The call's text, and the argument that its macros repeat.
    private func plainOrRule(
        _ name: String, _ token: Token, _ group: Group, _ walk: inout ExpressionWalk
    ) throws -> (text: String, argument: String) {
        guard let rule = FunctionRules.rules[name] else {
            let tail = try callTail(&walk)
            let arguments = try inner(group, walk.scope)
            let target = try FunctionRules.renames[name] ?? self.name(token)
            return ("\(target)(\(arguments)\(tail.nulls))\(tail.suffix)", arguments)
        }
        var items = group.items[...]
        let isDistinct = items.first?.isWord("DISTINCT") ?? false
        if isDistinct { items = items.dropFirst() }
        let arguments = try (isQuery(items) ? [Array(items)] : TokenTree.split(items)).map { item in
            try argument(item, group, walk.scope)
        }
        let tail = try callTail(&walk)
        let call = FunctionCall(
            name: name, arguments: arguments, isDistinct: isDistinct, order: tail.order, position: token.position,
            context: context, hasGenerator: walk.scope.block?.hasGenerator ?? false)
        let text = try rule(call)
        let first = arguments.first?.sql ?? ""
        if text.contains(FunctionCall.over) {
            let parts = text.split(separator: FunctionCall.over, omittingEmptySubsequences: false)
            return (parts.joined(separator: tail.over), first)
        }
        return (text + tail.over, first)
    }

    private func argument(_ item: [Node], _ group: Group, _ scope: Scope) throws -> FunctionCall.Argument {
        guard let first = item.first else { throw SyntaxError.unexpected(group.close, hint: "An argument is empty.") }
        if item.count >= 3, item[1].isSymbol("=>"), let name = first.keyword {
            let value = Array(item[2...])
            return .init(name: name, sql: try expression(item[2...], scope).text, nodes: value)
        }
        let sql = isQuery(item[...]) ? try query(item[...], scope).text : try expression(item[...], scope).text
        return .init(name: nil, sql: sql, nodes: item)
    }

    private struct Tail {
        /// What WITHIN GROUP orders by.
        var order: String?
        /// ` IGNORE NULLS`, for inside the bracket.
        var nulls = ""
        /// ` OVER (…)`.
        var over = ""
        /// All that follows the bracket, for functions without a rule.
        var suffix: String { (order.map { " WITHIN GROUP (ORDER BY \($0))" } ?? "") + over }
    }

    private func callTail(_ walk: inout ExpressionWalk) throws -> Tail {
        var tail = Tail()
        while let word = walk.peek(0)?.keyword {
            if word == "WITHIN", walk.peek(1)?.isWord("GROUP") ?? false, let group = walk.peek(2)?.group("(") {
                let items = group.items[...]
                guard items.count > 2, items[items.startIndex].isWord("ORDER") else {
                    throw SyntaxError.unexpected(group.open, hint: "Expected ORDER BY.")
                }
                tail.order = try expression(items.dropFirst(2), walk.scope).text
                walk.index += 3
            } else if word == "IGNORE" || word == "RESPECT", walk.peek(1)?.isWord("NULLS") ?? false {
                tail.nulls = " \(word) NULLS"
                walk.index += 2
            } else if word == "OVER", let group = walk.peek(1)?.group("(") {
                tail.over = " OVER (\(try expression(group.items[...], walk.scope).text))"
                walk.index += 2
            } else {
                break
            }
        }
        return tail
    }

    /// `EXTRACT(part FROM value)`
    private func extract(_ group: Group, _ scope: Scope) throws -> String {
        guard let from = group.items.firstIndex(where: { $0.isWord("FROM") }), from == 1,
            let token = group.items[0].token
        else { throw SyntaxError.unexpected(group.open, hint: "Write EXTRACT(part FROM value).") }
        let word = token.keyword ?? (try? StringLiteral.value(of: token).uppercased()) ?? ""
        return try DateRules.part(word, of: try expression(group.items[2...], scope).text, at: token.position)
    }

    /// `POSITION(a IN b)`
    private func position(_ group: Group, _ scope: Scope) throws -> String {
        guard let split = group.items.firstIndex(where: { $0.isWord("IN") }) else {
            throw SyntaxError.unexpected(group.open)
        }
        let needle = try expression(group.items[..<split], scope).text
        let text = try expression(group.items[(split + 1)...], scope).text
        return "sf_charindex(\(needle), \(text))"
    }
}
