import Types

extension Rewriter {
    /// The call of a model's method that begins at `start`: `MODEL(m[, v])!f(…)`, `m!f(…)`, `db.s.m!f(…)`, or with an
    /// alias of WITH; nil where none begins. With `isTable`, OVER (PARTITION BY …) may follow.
    func modelCall(
        _ nodes: ArraySlice<Node>, _ start: Int, _ scope: Scope, isTable: Bool
    ) throws -> (sql: String, end: Int)? {
        guard let (target, bang) = try modelTarget(nodes, start, scope) else { return nil }
        guard bang + 2 < nodes.endIndex, let methodToken = nodes[bang + 1].token,
            methodToken.kind == .word || methodToken.kind == .quotedIdentifier, let group = nodes[bang + 2].group("(")
        else { throw unexpected(nodes, min(bang + 1, nodes.endIndex), hint: "Expected a method and its arguments.") }
        var names: [Identifier?] = []
        var texts: [String] = []
        for item in TokenTree.split(group.items) {
            guard let first = item.first else {
                throw SyntaxError.unexpected(group.open, hint: "An argument is empty.")
            }
            var value = item[...]
            if item.count >= 3, item[1].isSymbol("=>"), let token = first.token {
                names.append(try resolve(token))
                value = item[2...]
            } else {
                names.append(nil)
            }
            texts.append(try argument(value, scope))
        }
        let argumentTexts = texts
        var end = bang + 3
        var partition: [String]?
        var order: [ModelCall.OrderTerm] = []
        if isTable, end < nodes.endIndex, nodes[end].isWord("OVER") {
            guard end + 1 < nodes.endIndex, let over = nodes[end + 1].group("(") else {
                throw unexpected(nodes, end + 1)
            }
            (partition, order) = try window(over, scope)
            end += 2
        }
        let index = isTable ? result.tableCalls.count : result.modelCalls.count
        let call = ModelCall(
            index: index, model: target.model, version: target.version, method: try resolve(methodToken),
            argumentNames: names, argumentTexts: argumentTexts, isTableFunction: isTable, partitionBy: partition,
            orderBy: order,
            position: nodes[start].first.position)
        let name: String
        if isTable {
            result.tableCalls.append(call)
            name = "ROOST_TABLE_\(index)"
            // What OVER names is resolved with the arguments, behind them.
            texts += (partition ?? []) + order.map(\.text)
        } else {
            result.modelCalls.append(call)
            name = "ROOST_CALL_\(index)"
        }
        return ("\(name)(\(texts.joined(separator: ", ")))", end)
    }

    /// An argument's text; `*` and `t.*` are all columns; a single word is a column even where it is a keyword elsewhere (the client sends the feature
    /// `BY` unquoted).
    private func argument(_ nodes: ArraySlice<Node>, _ scope: Scope) throws -> String {
        if nodes.count == 1, let word = nodes.first?.keyword, Words.operators.contains(word) {
            return Identifier(resolved: word).quoted
        }
        let text = try expression(nodes, scope).text
        return beginsWithStar(nodes) ? "COLUMNS(\(text))" : text
    }

    /// `*`, `t.*`, `d.s.t.*`, with what may follow (EXCLUDE …).
    private func beginsWithStar(_ nodes: ArraySlice<Node>) -> Bool {
        for (index, node) in nodes.enumerated() {
            if node.isSymbol("*") { return index % 2 == 0 }
            guard index % 2 == 0 ? node.token != nil : node.isSymbol(".") else { return false }
        }
        return false
    }

    /// What stands before `!`, and the index of the `!`.
    private func modelTarget(_ nodes: ArraySlice<Node>, _ start: Int, _ scope: Scope) throws -> (Scope.ModelAlias, Int)?
    {
        guard start < nodes.endIndex, let token = nodes[start].token else { return nil }
        if token.isWord("MODEL"), start + 2 < nodes.endIndex, let group = nodes[start + 1].group("("),
            nodes[start + 2].isSymbol("!")
        {
            return (try modelArguments(group), start + 2)
        }
        guard token.kind == .word || token.kind == .quotedIdentifier else { return nil }
        // Look for the `!` before resolving names: most words are no models.
        var index = start + 1
        while index + 1 < nodes.endIndex, nodes[index].isSymbol(".") {
            index += nodes[index + 1].isSymbol(".") ? 1 : 2
        }
        guard index < nodes.endIndex, nodes[index].isSymbol("!"),
            let (model, next) = try dottedName(nodes, start), next == index
        else { return nil }
        if model.parts.count == 1, let alias = scope.models[model.last] { return (alias, index) }
        return (Scope.ModelAlias(model: model, version: nil), index)
    }

    /// `(m)` or `(m, v)`; the version may be a name or a string.
    private func modelArguments(_ group: Group) throws -> Scope.ModelAlias {
        let parts = TokenTree.split(group.items)
        guard (1...2).contains(parts.count), let (model, next) = try modelName(parts[0]), next == parts[0].count else {
            throw SyntaxError.unexpected(group.items.first?.first ?? group.close, hint: "Write MODEL(name, version).")
        }
        guard parts.count == 2 else { return Scope.ModelAlias(model: model, version: nil) }
        guard parts[1].count == 1, let token = parts[1][0].token else {
            throw SyntaxError.unexpected(parts[1].first?.first ?? group.close, hint: "Expected a version or an alias.")
        }
        let version: Identifier
        if token.kind == .string {
            let text = try StringLiteral.value(of: token)
            version = (try? Identifier(parsing: text)) ?? Identifier(resolved: text)
        } else {
            version = try resolve(token)
        }
        return Scope.ModelAlias(model: model, version: version)
    }

    private func modelName(_ nodes: [Node]) throws -> (PartialName, Int)? {
        guard let token = nodes.first?.token, token.isWord("IDENTIFIER"), nodes.count == 2,
            let group = nodes[1].group("(")
        else { return try dottedName(nodes[...], 0) }
        return (PartialName(try Identifier.split(try identifierCall(group))), 2)
    }

    /// `PARTITION BY a, b ORDER BY c DESC`
    private func window(_ group: Group, _ scope: Scope) throws -> ([String], [ModelCall.OrderTerm]) {
        let items = group.items
        let order = items.indices.first {
            $0 + 1 < items.count && items[$0].isWord("ORDER") && items[$0 + 1].isWord("BY")
        }
        var partition: [String] = []
        let head = items[..<(order ?? items.endIndex)]
        if let first = head.first {
            guard first.isWord("PARTITION"), head.count > 1, head[1].isWord("BY") else {
                throw SyntaxError.unexpected(first.first, hint: "Expected PARTITION BY or ORDER BY.")
            }
            guard head.count > 2 else {
                throw SyntaxError.unexpected(
                    order.map { items[$0].first } ?? group.close, hint: "Expected a column to partition by.")
            }
            partition = try TokenTree.split(head.dropFirst(2)).map { part in
                guard !part.isEmpty else { throw SyntaxError.unexpected(group.close, hint: "A column is empty.") }
                return try expression(part[...], scope).text
            }
        }
        guard let order else { return (partition, []) }
        guard order + 2 < items.count else {
            throw SyntaxError.unexpected(group.close, hint: "Expected a column to order by.")
        }
        let terms = TokenTree.split(items[(order + 2)...])
        return (partition, try terms.map { try orderTerm($0, group, scope) })
    }

    /// `c`, `c DESC`, `c ASC NULLS LAST`
    private func orderTerm(_ nodes: [Node], _ group: Group, _ scope: Scope) throws -> ModelCall.OrderTerm {
        let words: Set<String> = ["ASC", "DESC", "NULLS", "FIRST", "LAST"]
        var value = nodes[...]
        while value.count > 1, let word = value.last?.keyword, words.contains(word) { value = value.dropLast() }
        guard !value.isEmpty else { throw SyntaxError.unexpected(group.close, hint: "Expected a column to order by.") }
        let direction = nodes[value.endIndex...].compactMap(\.keyword)
        let known = [
            [], ["ASC"], ["DESC"], ["NULLS", "FIRST"], ["NULLS", "LAST"], ["ASC", "NULLS", "FIRST"],
            ["ASC", "NULLS", "LAST"], ["DESC", "NULLS", "FIRST"], ["DESC", "NULLS", "LAST"],
        ]
        guard known.contains(direction) else { throw SyntaxError.unexpected(nodes[value.endIndex].first) }
        return ModelCall.OrderTerm(text: try expression(value, scope).text, direction: direction.joined(separator: " "))
    }
}
