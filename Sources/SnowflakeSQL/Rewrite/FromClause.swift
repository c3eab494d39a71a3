import Types

extension Rewriter {
    /// Rewrites what stands behind FROM: tables, subqueries, joins, VALUES, stages and table functions.
    func tables(_ nodes: ArraySlice<Node>, _ scope: Scope, _ block: SelectBlock) throws -> Output {
        var output = Output()
        var index = nodes.startIndex
        var expectsTable = true
        var joins = OpenJoins(nodes)
        while index < nodes.endIndex {
            if expectsTable {
                expectsTable = try !table(nodes, &index, scope, block, &output)
                continue
            }
            // Everything up to the next table: an alias, a join's condition.
            let start = index
            while index < nodes.endIndex {
                let node = nodes[index]
                index += 1
                if node.isSymbol(",") || node.isWord("JOIN") {
                    expectsTable = true
                    break
                }
            }
            let between = nodes[start..<index]
            guard let place = joins.conditionPlace(in: between) else {
                try betweenTables(between, scope, block, &output)
                continue
            }
            try betweenTables(between[..<place], scope, block, &output)
            output.add("ON TRUE", spaced: true)
            try betweenTables(between[place...], scope, block, &output)
        }
        if joins.isOpen, !expectsTable { output.add("ON TRUE", spaced: true) }
        guard !expectsTable else { throw SyntaxError.end(nodes.last?.first.position ?? .init(line: 1, column: 0)) }
        return output
    }

    /// One table; false when only a word before it was read (LATERAL).
    private func table(
        _ nodes: ArraySlice<Node>, _ index: inout Int, _ scope: Scope, _ block: SelectBlock, _ output: inout Output
    ) throws -> Bool {
        let node = nodes[index]
        let next = index + 1 < nodes.endIndex ? nodes[index + 1] : nil
        if let group = node.group("(") {
            index += 1
            try bracketedTable(group, nodes, &index, scope, block, &output)
            return true
        }
        guard let token = node.token else { throw SyntaxError.unexpected(node.first) }
        switch token.kind {
        case .stage, .string, .dollarString, .snowURL:
            index += 1
            try stageScan(token, nodes, &index, scope, block, &output)
            return true
        case .dollarName:
            index += 1
            output.add(try flowTable(token), spaced: true)
            return true
        case .word:
            let word = token.text.uppercased()
            if word == "LATERAL", next?.group("(") != nil || next?.token != nil {
                index += 1
                if nodes[index].group("(") != nil { output.add("LATERAL", spaced: true) }
                return false
            }
            if word == "VALUES", next?.group("(") != nil {
                try values(nodes, &index, scope, block, &output)
                return true
            }
            if let group = next?.group("("), let function = TableFunctionKind(word) {
                index += 2
                try tableFunction(function, group, token, nodes, &index, scope, block, &output)
                return true
            }
        case .quotedIdentifier, .question: break
        default: throw SyntaxError.unexpected(token)
        }
        try namedTable(nodes, &index, &output)
        return true
    }

    /// A name, `IDENTIFIER(…)`, or a name with brackets (a table function of DuckDB, which the engine judges).
    private func namedTable(_ nodes: ArraySlice<Node>, _ index: inout Int, _ output: inout Output) throws {
        guard let token = nodes[index].token else { throw SyntaxError.unexpected(nodes[index].first) }
        if token.isWord("IDENTIFIER"), index + 1 < nodes.endIndex, let group = nodes[index + 1].group("(") {
            index += 2
            output.add(try identifierCall(group), spaced: true)
            return
        }
        guard token.kind != .question else {
            throw SyntaxError.unexpected(token, hint: "Use IDENTIFIER(?) for a name.")
        }
        var text = try name(token)
        index += 1
        var count = 1
        while index < nodes.endIndex, nodes[index].isSymbol(".") {
            index += 1
            if index < nodes.endIndex, nodes[index].isSymbol("."), count == 1 {
                text += ".PUBLIC"
                count += 1
                continue
            }
            guard index < nodes.endIndex, let part = nodes[index].token,
                part.kind == .word || part.kind == .quotedIdentifier
            else { throw unexpected(nodes, index) }
            text += "." + (try name(part))
            count += 1
            index += 1
        }
        output.add(text, spaced: true)
        if index < nodes.endIndex, nodes[index].isSymbol("!") {
            throw SyntaxError.unexpected(
                nodes[index].first, hint: "Put a call of a model in a FROM clause inside TABLE(…).")
        }
    }

    /// A bracket in a FROM clause: a query, VALUES, or joined tables.
    private func bracketedTable(
        _ group: Group, _ nodes: ArraySlice<Node>, _ index: inout Int, _ scope: Scope, _ block: SelectBlock,
        _ output: inout Output
    ) throws {
        let items = group.items[...]
        if items.first?.isWord("VALUES") ?? false {
            var inner = items.startIndex
            try values(items, &inner, scope, block, &output, outer: (nodes, index))
            return
        }
        if isQuery(items) { return output.add("(\(try query(items, scope).text))", spaced: true) }
        let text = try tables(items, scope, block).text
        guard !items.contains(where: { $0.isSymbol(",") || $0.isWord("JOIN") }) else {
            return output.add("(\(text))", spaced: true)
        }
        // DuckDB knows no brackets around a single table.
        let hasAlias = index < nodes.endIndex && Rewriter.beginsAlias(nodes[index])
        output.add(hasAlias ? "(SELECT * FROM \(text))" : text, spaced: true)
    }

    /// Whether a bracket's contents are a query.
    func isQuery(_ items: ArraySlice<Node>) -> Bool {
        var items = items
        while let group = items.first?.group("("),
            items.count == 1 || Words.setOperators.contains(items.dropFirst().first?.keyword ?? "")
        {
            items = group.items[...]
        }
        guard let word = items.first?.keyword else { return false }
        return word == "SELECT" || word == "WITH" || word == "VALUES"
    }

    /// `$1` as a table: the result of the statement before in a flow.
    private func flowTable(_ token: Token) throws -> String {
        guard let number = Int(token.text.dropFirst()), number >= 1 else {
            throw SyntaxError.unexpected(token, hint: "Use IDENTIFIER($variable) for a name in a variable.")
        }
        guard number <= context.flowTables.count else {
            throw RegistryError(
                .invalidArgument,
                "$\(number) is no result here: \(context.flowTables.count) statements stand before this one.",
                position: token.position)
        }
        return context.flowTables[number - 1]
    }

    /// What stands between two tables: an alias, SAMPLE, ON or USING, the comma or join words.
    private func betweenTables(
        _ nodes: ArraySlice<Node>, _ scope: Scope, _ block: SelectBlock, _ output: inout Output
    ) throws {
        if let word = nodes.first?.keyword, ["AT", "BEFORE", "CHANGES"].contains(word),
            nodes.dropFirst().first?.group("(") != nil
        {
            throw RegistryError(
                .unsupported, "Time travel (\(word)) is not supported.", position: nodes.first?.first.position)
        }
        if let asof = nodes.first(where: { $0.isWord("ASOF") }), nodes.last?.isWord("JOIN") ?? false {
            throw RegistryError(.unsupported, "ASOF JOIN is not supported.", position: asof.first.position)
        }
        guard let sample = nodes.firstIndex(where: { $0.isWord("SAMPLE") || $0.isWord("TABLESAMPLE") }) else {
            output.append(try expression(nodes, scope))
            return
        }
        output.append(try expression(nodes[..<sample], scope))
        var index = sample + 1
        var method = "bernoulli"
        if index < nodes.endIndex, let word = nodes[index].keyword {
            method = word == "SYSTEM" || word == "BLOCK" ? "system" : "bernoulli"
            index += 1
        }
        guard index < nodes.endIndex, let group = nodes[index].group("(") else { throw unexpected(nodes, index) }
        index += 1
        let isRows = group.items.last?.isWord("ROWS") ?? false
        let amount = try expression(isRows ? group.items.dropLast() : group.items[...], scope).text
        output.add(
            "TABLESAMPLE \(isRows ? "reservoir" : method)(\(amount) \(isRows ? "ROWS" : "PERCENT"))", spaced: true)
        if index < nodes.endIndex, nodes[index].isWord("SEED") || nodes[index].isWord("REPEATABLE") {
            index += 1
            guard index < nodes.endIndex, let seed = nodes[index].group("(") else { throw unexpected(nodes, index) }
            index += 1
            output.add("REPEATABLE (\(try expression(seed.items[...], scope).text))", spaced: true)
        }
        output.append(try expression(nodes[index...], scope))
    }

    /// IDENTIFIER('a.b'), IDENTIFIER(?), IDENTIFIER($v): the name itself.
    func identifierCall(_ group: Group) throws -> String {
        guard let token = group.items.first?.token else { throw SyntaxError.unexpected(group.open) }
        let text: String
        switch token.kind {
        case .string, .dollarString: text = try StringLiteral.value(of: token)
        case .question: text = try literalValue(try binding(token.ordinal, at: token), token)
        case .dollarName: text = try literalValue(try variable(token), token)
        case .symbol where token.text == ":":
            guard let number = group.items.dropFirst().first?.token, let ordinal = Int(number.text) else {
                throw SyntaxError.unexpected(token)
            }
            text = try literalValue(try binding(ordinal, at: number), number)
        default:
            guard let (name, _) = try dottedName(group.items[...], 0) else { throw SyntaxError.unexpected(token) }
            return name.parts.map(\.quoted).joined(separator: ".")
        }
        do {
            return try Identifier.split(text).map(\.quoted).joined(separator: ".")
        } catch let error as RegistryError {
            throw RegistryError(.syntax, error.message, hint: error.hint, position: token.position)
        }
    }

    /// The value of a string literal of DuckDB.
    private func literalValue(_ literal: String, _ token: Token) throws -> String {
        guard let text = QuotedText.value(ofLiteral: literal) else {
            throw RegistryError(.invalidArgument, "A name must be given as text.", position: token.position)
        }
        return text
    }

    /// The literal of `$name`.
    func variable(_ token: Token) throws -> String {
        let name = token.text.dropFirst().uppercased()
        guard let value = context.variables[name] else {
            throw RegistryError(
                .invalidArgument, "Session variable '$\(name)' does not exist.",
                hint: RegistryError.nearMiss(name, Array(context.variables.keys)), position: token.position)
        }
        return value
    }
}
