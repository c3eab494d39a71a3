import Types

extension Rewriter {
    /// `VALUES (…), (…)` as a statement of its own. With DEFAULT among the values it stays as it is, for INSERT.
    func valuesQuery(_ nodes: ArraySlice<Node>, _ scope: Scope) throws -> Output {
        let (rows, width, end) = try rows(nodes, nodes.startIndex + 1, scope)
        var output = Output()
        let hasDefault = nodes.contains { $0.group("(")?.items.contains { $0.isWord("DEFAULT") } ?? false }
        if hasDefault {
            output.add("VALUES \(rows)", spaced: true)
        } else {
            output.add("SELECT * FROM (VALUES \(rows)) AS \"VALUES\"(\(Rewriter.columnNames(width)))", spaced: true)
        }
        if end < nodes.endIndex { output.append(try expression(nodes[end...], scope)) }
        return output
    }

    /// `VALUES (…), (…)` as a table, at VALUES; steps behind the last row. Names the columns COLUMN1, COLUMN2, … and
    /// lets `$1` mean them, or the names in the alias behind (`AS t(a, b)`).
    func values(
        _ nodes: ArraySlice<Node>, _ index: inout Int, _ scope: Scope, _ block: SelectBlock, _ output: inout Output,
        outer: (nodes: ArraySlice<Node>, index: Int)? = nil
    ) throws {
        let (rows, width, end) = try rows(nodes, index + 1, scope)
        index = end
        if outer != nil, end < nodes.endIndex { throw SyntaxError.unexpected(nodes[end].first) }
        let following = outer.map { $0.nodes[$0.index...] } ?? nodes[end...]
        block.columns = try aliasColumns(following) ?? (1...width).map { "COLUMN\($0)" }
        output.add("(SELECT * FROM (VALUES \(rows)) AS \"VALUES\"(\(Rewriter.columnNames(width))))", spaced: true)
        // Without an alias DuckDB would have no name for the table.
        if following.first.map(Rewriter.beginsAlias) != true { output.add("AS \"VALUES\"", spaced: true) }
    }

    /// Rows of brackets from `start` on: their text, the number of columns, and the index behind them.
    private func rows(_ nodes: ArraySlice<Node>, _ start: Int, _ scope: Scope) throws -> (String, Int, Int) {
        var index = start
        var width = 0
        var output = Output()
        while index < nodes.endIndex, let row = nodes[index].group("(") {
            let values = TokenTree.split(row.items)
            if width == 0 { width = values.count }
            guard values.count == width, width > 0, !values.contains(where: \.isEmpty) else {
                throw RegistryError(
                    .syntax, "A row of VALUES has \(values.count) values, the first one has \(width).",
                    position: row.open.position)
            }
            output.add("(\(try expression(row.items[...], scope).text))", spaced: width > 0 && index > start)
            index += 1
            guard index + 1 < nodes.endIndex, nodes[index].isSymbol(","), nodes[index + 1].group("(") != nil else {
                break
            }
            output.add(",", spaced: false)
            index += 1
        }
        guard width > 0 else { throw unexpected(nodes, start, hint: "Expected a row of values in brackets.") }
        return (output.text, width, index)
    }

    /// Whether a node behind a table is (or begins) its alias.
    static func beginsAlias(_ node: Node) -> Bool {
        guard let token = node.token else { return false }
        if token.kind == .quotedIdentifier { return true }
        guard let word = token.keyword else { return false }
        if word == "AS" { return true }
        return !Words.operators.contains(word) && !Words.clauseStarts.contains(word) && word != "LEFT"
            && word != "RIGHT"
            && word != "ASOF"
    }

    /// The columns of `[AS] t(a, b)`.
    private func aliasColumns(_ nodes: ArraySlice<Node>) throws -> [String]? {
        var nodes = nodes
        guard let first = nodes.first, Rewriter.beginsAlias(first) else { return nil }
        if first.isWord("AS") { nodes = nodes.dropFirst() }
        guard let group = nodes.dropFirst().first?.group("(") else { return nil }
        return try TokenTree.split(group.items).compactMap { item in
            try item.first?.token.map { try resolve($0).name }
        }
    }

    static func columnNames(_ count: Int) -> String {
        (1...max(1, count)).map { "\"COLUMN\($0)\"" }.joined(separator: ", ")
    }
}
