import Types

extension Rewriter {
    /// Rewrites `WITH a AS (…), m AS MODEL x [VERSION v]`: ordinary tables stay, models become aliases of the scope.
    /// Returns what follows the clause.
    func with(_ nodes: ArraySlice<Node>, _ scope: inout Scope, _ output: inout Output) throws -> ArraySlice<Node> {
        var index = nodes.startIndex + 1
        var tables = Output()
        var isRecursive = false
        if index < nodes.endIndex, nodes[index].isWord("RECURSIVE") {
            isRecursive = true
            index += 1
        }
        while true {
            guard index < nodes.endIndex else {
                throw SyntaxError.end(nodes.last?.first.position ?? .init(line: 1, column: 0))
            }
            let name = nodes[index]
            guard let token = name.token, token.kind == .word || token.kind == .quotedIdentifier else {
                throw SyntaxError.unexpected(name.first)
            }
            index += 1
            var header = Output()
            header.add(try self.name(token), spaced: true)
            if index < nodes.endIndex, let columns = nodes[index].group("(") {
                header.add("(" + (try expression(columns.items[...], Scope()).text) + ")", spaced: false)
                index += 1
            }
            guard index < nodes.endIndex, nodes[index].isWord("AS") else {
                throw unexpected(nodes, index, hint: "Expected AS.")
            }
            index += 1
            if index < nodes.endIndex, nodes[index].isWord("MODEL") {
                let alias = try TokenCursor.identifier(token)
                scope.models[alias] = try modelAlias(nodes, &index)
            } else {
                if index < nodes.endIndex, nodes[index].isWord("NOT") || nodes[index].isWord("MATERIALIZED") {
                    while index < nodes.endIndex, nodes[index].token?.kind == .word { index += 1 }
                }
                guard index < nodes.endIndex, let body = nodes[index].group("(") else {
                    throw unexpected(nodes, index, hint: "Expected a query in brackets, or MODEL.")
                }
                index += 1
                if !tables.isEmpty { tables.add(",", spaced: false) }
                tables.append(header)
                tables.add("AS (" + (try query(body.items[...], scope).text) + ")", spaced: true)
            }
            guard index < nodes.endIndex, nodes[index].isSymbol(",") else { break }
            index += 1
        }
        if !tables.isEmpty {
            output.add(isRecursive ? "WITH RECURSIVE" : "WITH", spaced: true)
            output.append(tables)
        }
        guard index < nodes.endIndex else {
            throw SyntaxError.end(nodes.last?.first.position ?? .init(line: 1, column: 0))
        }
        return nodes[index...]
    }

    func unexpected(_ nodes: ArraySlice<Node>, _ index: Int, hint: String? = nil) -> RegistryError {
        if index < nodes.endIndex { return SyntaxError.unexpected(nodes[index].first, hint: hint) }
        return SyntaxError.end(nodes.last?.first.position ?? .init(line: 1, column: 0), hint: hint)
    }

    /// At MODEL.
    private func modelAlias(_ nodes: ArraySlice<Node>, _ index: inout Int) throws -> Scope.ModelAlias {
        index += 1
        guard let (model, next) = try dottedName(nodes, index) else { throw unexpected(nodes, index) }
        index = next
        guard index + 1 < nodes.endIndex, nodes[index].isWord("VERSION"), let version = nodes[index + 1].token else {
            return Scope.ModelAlias(model: model, version: nil)
        }
        index += 2
        return Scope.ModelAlias(model: model, version: try TokenCursor.identifier(version))
    }

    /// The dotted name that starts at `start` and the index behind it; nil where none starts there.
    func dottedName(_ nodes: ArraySlice<Node>, _ start: Int) throws -> (PartialName, Int)? {
        var parts: [Identifier] = []
        var index = start
        while index < nodes.endIndex, let token = nodes[index].token,
            token.kind == .word || token.kind == .quotedIdentifier
        {
            parts.append(try resolve(token))
            index += 1
            guard index + 1 < nodes.endIndex, nodes[index].isSymbol(".") else { break }
            if nodes[index + 1].isSymbol("."), parts.count == 1 {
                parts.append(Identifier(resolved: "PUBLIC"))
                index += 1
            }
            index += 1
        }
        guard let first = parts.first, index <= nodes.endIndex else { return nil }
        guard parts.count <= 3 else {
            throw RegistryError(
                .syntax, "The name that begins with '\(first)' has too many parts.",
                position: nodes[start].first.position)
        }
        return (PartialName(parts), index)
    }

    /// The identifier that a token resolves to in this session.
    func resolve(_ token: Token) throws -> Identifier {
        let identifier = try TokenCursor.identifier(token)
        return context.quotedIdentifiersIgnoreCase ? Identifier(resolved: identifier.name.uppercased()) : identifier
    }
}
