import Types

extension Rewriter {
    /// `operand:a.b[0]."c"`, at the colon → `sf_index(operand['a']['b'], 0)['c']`. Keys keep their case.
    func path(_ walk: inout ExpressionWalk) throws {
        guard let operand = walk.output.takeOperand() else { throw unexpected(walk.nodes, walk.index) }
        var text = operand.text
        var keys: [String] = []
        var recordsKeys = true
        walk.index += 1
        var expectsKey = true
        while let node = walk.peek(0) {
            if expectsKey {
                if node.group("[") == nil {
                    guard let token = node.token, let key = try pathKey(token) else {
                        throw SyntaxError.unexpected(node.first, hint: "Expected a key.")
                    }
                    walk.index += 1
                    text += "[\(StringLiteral.quote(key))]"
                    if recordsKeys { keys.append(key) }
                }
                expectsKey = false
            } else if node.isSymbol(".") {
                walk.index += 1
                expectsKey = true
            } else if let group = node.group("[") {
                walk.index += 1
                try walk.nest(group.open)
                let inner = text
                text = try element(of: inner, group, walk.scope)
                try charge(text, around: inner, since: walk.mark, at: group.open)
                recordsKeys = false
            } else {
                break
            }
        }
        guard !expectsKey else { throw unexpected(walk.nodes, walk.index, hint: "Expected a key.") }
        if let column = Rewriter.stageColumn(operand.text), let block = walk.scope.block, !block.stages.isEmpty {
            block.usedPaths.append(.init(column: column, keys: keys))
        }
        walk.output.addOperand(text, spaced: operand.spaced)
        // A cast or subscript that follows says itself what it wants.
        let next = walk.peek(0)
        guard next.map({ !$0.isSymbol("::") && $0.group("[") == nil }) ?? true else { return }
        walk.path = PathOperand(piece: walk.output.pieces.count - 1, text: text)
        walk.convertPathAfterOperator()
    }

    private func pathKey(_ token: Token) throws -> String? {
        switch token.kind {
        case .word: token.text
        case .quotedIdentifier: try TokenCursor.identifier(token).name
        case .string: try StringLiteral.value(of: token)
        default: nil
        }
    }

    /// The n of `"$n"`.
    private static func stageColumn(_ text: String) -> Int? {
        text.hasPrefix("\"$") && text.hasSuffix("\"") ? Int(text.dropFirst(2).dropLast()) : nil
    }

    /// `operand[…]`, at the bracket.
    func subscripted(_ group: Group, _ walk: inout ExpressionWalk) throws {
        try walk.nest(group.open)
        guard let operand = walk.output.takeOperand() else { throw SyntaxError.unexpected(group.open) }
        walk.index += 1
        let text = try element(of: operand.text, group, walk.scope)
        try charge(text, around: operand.text, since: walk.mark, at: group.open)
        walk.output.addOperand(text, spaced: operand.spaced)
    }

    /// An element by key or by index from 0: string constants stay DuckDB's subscripts, which work on STRUCT, MAP and
    /// JSON; anything else goes through macros.
    private func element(of text: String, _ group: Group, _ scope: Scope) throws -> String {
        guard let first = group.items.first else {
            throw SyntaxError.unexpected(group.close, hint: "Expected an index.")
        }
        if group.items.count == 1, let token = first.token {
            if token.kind == .string || token.kind == .dollarString {
                return "\(text)[\(StringLiteral.quote(try StringLiteral.value(of: token)))]"
            }
            if token.kind == .number { return "sf_index(\(text), \(token.text))" }
        }
        return "sf_get(\(text), \(try expression(group.items[...], scope).text))"
    }
}
