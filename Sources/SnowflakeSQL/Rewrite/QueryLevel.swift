import Types

extension Rewriter {
    /// Rewrites one level: a query with its clauses and set operations, or, where no clause begins, an expression.
    func query(_ nodes: ArraySlice<Node>, _ scope: Scope) throws -> Output {
        guard let first = nodes.first else { return Output() }
        guard let word = first.keyword else {
            if first.group("(") != nil, nodes.contains(where: { Words.setOperators.contains($0.keyword ?? "") }) {
                return try bracketedUnion(nodes, scope)
            }
            return try expression(nodes, scope)
        }
        var scope = scope
        var output = Output()
        var rest = nodes
        if word == "WITH" { rest = try with(nodes, &scope, &output) }
        try blocks(rest, scope, &output)
        return output
    }

    /// `(SELECT …) UNION (SELECT …) ORDER BY …`
    private func bracketedUnion(_ nodes: ArraySlice<Node>, _ scope: Scope) throws -> Output {
        var output = Output()
        try blocks(nodes, scope, &output)
        return output
    }

    /// Rewrites SELECT and VALUES blocks and the set operators between them.
    private func blocks(_ nodes: ArraySlice<Node>, _ scope: Scope, _ output: inout Output) throws {
        var index = nodes.startIndex
        while index < nodes.endIndex {
            let end =
                nodes[(index + 1)...].firstIndex { Words.setOperators.contains($0.keyword ?? "") } ?? nodes.endIndex
            let block = nodes[index..<end]
            switch nodes[index].keyword {
            case "SELECT": try select(block, scope, &output)
            case "VALUES": output.append(try valuesQuery(block, scope))
            case let word? where Words.setOperators.contains(word):
                var next = index + 1
                output.add(word == "MINUS" ? "EXCEPT" : word, spaced: true)
                while next < nodes.endIndex, ["ALL", "DISTINCT", "BY", "NAME"].contains(nodes[next].keyword) {
                    output.add(nodes[next].keyword ?? "", spaced: true)
                    next += 1
                }
                guard next < nodes.endIndex else { throw SyntaxError.end(nodes[index].first.position) }
                index = next
                continue
            default: output.append(try expression(block, scope))
            }
            index = end
        }
    }

    /// One SELECT: its FROM clause first, because it says what `$1` in the list means.
    private func select(_ nodes: ArraySlice<Node>, _ scope: Scope, _ output: inout Output) throws {
        let block = SelectBlock()
        var scope = scope
        scope.block = block
        let listEnd = clauseEnd(nodes, from: nodes.startIndex + 1, ends: Words.clauseStarts)
        var from: Output?
        var fromEnd = listEnd
        if listEnd < nodes.endIndex, nodes[listEnd].isWord("FROM") {
            fromEnd = clauseEnd(nodes, from: listEnd + 1, ends: Words.clauseStarts)
            guard listEnd + 1 < fromEnd else { throw SyntaxError.end(nodes[listEnd].first.position) }
            from = try tables(nodes[(listEnd + 1)..<fromEnd], scope, block)
        }
        output.add("SELECT", spaced: true)
        let top = try selectList(nodes[(nodes.startIndex + 1)..<listEnd], scope, &output)
        if let from {
            output.add("FROM", spaced: true)
            output.append(from)
        }
        if fromEnd < nodes.endIndex { output.append(try tail(nodes[fromEnd...], scope)) }
        if let top { output.add("LIMIT \(top)", spaced: true) }
        finish(block)
    }

    /// The first clause word from `start` on.
    private func clauseEnd(_ nodes: ArraySlice<Node>, from start: Int, ends: Set<String>) -> Int {
        var index = start
        while index < nodes.endIndex {
            if let word = nodes[index].keyword, ends.contains(word), beginsClause(word, nodes, index, start) {
                return index
            }
            index += 1
        }
        return nodes.endIndex
    }

    /// Whether the clause word at `index` does begin a clause, and is no name and no part of another construct.
    private func beginsClause(_ word: String, _ nodes: ArraySlice<Node>, _ index: Int, _ start: Int) -> Bool {
        let next = index + 1 < nodes.endIndex ? nodes[index + 1] : nil
        guard index > start else { return true }
        let before = nodes[index - 1]
        if before.isSymbol(".") || before.isSymbol(":") || before.isWord("AS") { return false }
        switch word {
        case "FROM": return !(before.isWord("DISTINCT") && index - 1 > start && nodes[index - 2].isISOrNot)
        case "GROUP": return !before.isWord("WITHIN")
        case "START": return next?.isWord("WITH") ?? false
        case "OFFSET", "LIMIT", "FETCH":
            return next?.token.map { !$0.isSymbol(",") && !$0.isSymbol(".") } ?? (next != nil)
        default: return true
        }
    }

    /// The items, each with its name; returns the number behind TOP.
    private func selectList(_ nodes: ArraySlice<Node>, _ scope: Scope, _ output: inout Output) throws -> String? {
        var nodes = nodes
        var top: String?
        while let word = nodes.first?.keyword {
            if word == "DISTINCT" || word == "ALL" {
                output.add(word, spaced: true)
                nodes = nodes.dropFirst()
            } else if word == "TOP", let number = nodes.dropFirst().first?.token, number.kind == .number {
                top = number.text
                nodes = nodes.dropFirst(2)
            } else {
                break
            }
        }
        let items = TokenTree.split(nodes)
        for (index, item) in items.enumerated() {
            if item.isEmpty {
                // `SELECT *, FROM t`: a comma may stand last.
                guard index == items.count - 1, index > 0 else {
                    throw SyntaxError.unexpected(nodes[nodes.startIndex].first)
                }
                break
            }
            if index > 0 { output.add(",", spaced: false) }
            let alias = SelectItems.bareAlias(item)
            var text = try expression(alias == nil ? item[...] : item.dropLast(), scope)
            if let name = try alias.map({ try resolve($0).name }) ?? SelectItems.nameToAdd(item) {
                text.add("AS", spaced: true)
                text.add(Identifier(resolved: name).quoted, spaced: true)
            }
            output.add("", spaced: true)
            output.add(text.text, spaced: true)
        }
        return top
    }

    /// What follows FROM: WHERE, GROUP BY, ….
    private func tail(_ nodes: ArraySlice<Node>, _ scope: Scope) throws -> Output {
        if let word = nodes.first?.keyword, word == "CONNECT" || word == "START" {
            throw RegistryError(
                .unsupported, "CONNECT BY is not supported.", hint: "Use WITH RECURSIVE.",
                position: nodes.first?.first.position)
        }
        if nodes.first?.isWord("INTO") ?? false, let first = nodes.first?.first { throw SyntaxError.unexpected(first) }
        return try expression(nodes, scope)
    }
}

extension Node {
    /// IS, or the NOT of IS NOT.
    fileprivate var isISOrNot: Bool { isWord("IS") || isWord("NOT") }
}
