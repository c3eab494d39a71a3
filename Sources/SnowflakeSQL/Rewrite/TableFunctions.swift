import Types

/// A table function by the word before its bracket.
enum TableFunctionKind {
    /// `TABLE(…)`: what is inside decides.
    case table
    case flatten
    case generator
    case splitToTable

    init?(_ word: String) {
        switch word {
        case "TABLE": self = .table
        case "FLATTEN": self = .flatten
        case "GENERATOR": self = .generator
        case "SPLIT_TO_TABLE", "STRTOK_SPLIT_TO_TABLE": self = .splitToTable
        default: return nil
        }
    }
}

extension Rewriter {
    /// Rewrites one table function; `group` is its bracket.
    func tableFunction(
        _ kind: TableFunctionKind, _ group: Group, _ token: Token, _ nodes: ArraySlice<Node>, _ index: inout Int,
        _ scope: Scope, _ block: SelectBlock, _ output: inout Output
    ) throws {
        let text: String
        var alias = token.text.uppercased()
        switch kind {
        case .table: (text, alias) = try tableCall(group, scope, block)
        case .flatten: text = try flatten(group, scope)
        case .generator: text = try generator(group, scope, block)
        case .splitToTable: text = try splitToTable(group, scope)
        }
        output.add(text, spaced: true)
        let hasAlias = index < nodes.endIndex && Rewriter.beginsAlias(nodes[index])
        if !hasAlias, !alias.isEmpty { output.add("AS \(Identifier(resolved: alias).quoted)", spaced: true) }
    }

    /// The contents of TABLE(…), and the alias that the table has without one of its own (empty: none).
    private func tableCall(_ group: Group, _ scope: Scope, _ block: SelectBlock) throws -> (String, String) {
        let items = group.items[...]
        guard let first = items.first else { throw SyntaxError.unexpected(group.close) }
        if let token = first.token, items.count == 1, token.kind != .word, token.kind != .quotedIdentifier {
            // TABLE('name'), TABLE(?), TABLE($v)
            return (try identifierCall(group), "")
        }
        if let call = try modelCall(items, items.startIndex, scope, isTable: true) {
            guard call.end == items.endIndex else { throw SyntaxError.unexpected(items[call.end].first) }
            return (call.sql, "")
        }
        guard let (name, next) = try dottedName(items, items.startIndex) else {
            throw SyntaxError.unexpected(first.first)
        }
        guard next < items.endIndex else {
            return (name.parts.map(\.quoted).joined(separator: "."), "")
        }
        guard let arguments = items[next].group("("), next + 1 == items.endIndex else {
            throw SyntaxError.unexpected(items[next].first)
        }
        if name.parts.count == 1 {
            switch TableFunctionKind(name.last.name) {
            case .flatten: return (try flatten(arguments, scope), "FLATTEN")
            case .generator: return (try generator(arguments, scope, block), "GENERATOR")
            case .splitToTable: return (try splitToTable(arguments, scope), "SPLIT_TO_TABLE")
            default: break
            }
        }
        let number = result.tableFunctions.count
        result.tableFunctions.append(
            TableFunctionCall(
                index: number, name: name.last.name, qualifier: Array(name.parts.dropLast()), arguments: [],
                position: first.first.position))
        let parsed = try namedArguments(arguments, scope).map { TableFunctionCall.Argument(name: $0.name, sql: $0.sql) }
        result.tableFunctions[number] = TableFunctionCall(
            index: number, name: name.last.name, qualifier: Array(name.parts.dropLast()), arguments: parsed,
            position: first.first.position)
        return ("ROOST_TABLEFN_\(number)", "")
    }

    /// Arguments with their names (upper case), as DuckDB SQL.
    func namedArguments(_ group: Group, _ scope: Scope) throws -> [(name: String?, sql: String)] {
        try TokenTree.split(group.items).map { item in
            guard let first = item.first else { throw SyntaxError.unexpected(group.open) }
            if item.count >= 3, let name = first.keyword, item[1].isSymbol("=>") {
                return (name, try expression(item[2...], scope).text)
            }
            return (nil, try expression(item[...], scope).text)
        }
    }

    /// FLATTEN: one row for each element of an array or object.
    private func flatten(_ group: Group, _ scope: Scope) throws -> String {
        var arguments: [String: String] = [:]
        for (index, argument) in try namedArguments(group, scope).enumerated() {
            arguments[argument.name ?? (index == 0 ? "INPUT" : "PATH")] = argument.sql
        }
        guard let input = arguments["INPUT"] else {
            throw RegistryError(.syntax, "FLATTEN needs INPUT => value.", position: group.open.position)
        }
        let path = arguments["PATH"].flatMap { $0 == "''" ? nil : $0 }
        let value = path.map { "sf_get_path(\(input), \($0))" } ?? input
        let outer = arguments["OUTER"] ?? "FALSE"
        let recursive = arguments["RECURSIVE"] ?? "FALSE"
        let mode = arguments["MODE"] ?? "'BOTH'"
        let function = recursive.uppercased() == "FALSE" ? "sf_flatten" : "sf_flatten_all"
        return "LATERAL (SELECT unnest(\(function)(\(value), \(path ?? "''"), \(outer), \(mode)), max_depth := 2))"
    }

    /// GENERATOR(ROWCOUNT => n): n rows.
    private func generator(_ group: Group, _ scope: Scope, _ block: SelectBlock) throws -> String {
        let arguments = try namedArguments(group, scope)
        let count = arguments.first { $0.name == "ROWCOUNT" || $0.name == nil }
        guard let count else {
            throw RegistryError(
                .unsupported, "GENERATOR without ROWCOUNT is not supported.", position: group.open.position)
        }
        block.hasGenerator = true
        return "(SELECT range AS \"ROOST_SEQ\" FROM range(CAST(\(count.sql) AS BIGINT)))"
    }

    /// SPLIT_TO_TABLE('a,b', ','): one row for each part.
    private func splitToTable(_ group: Group, _ scope: Scope) throws -> String {
        let arguments = try namedArguments(group, scope)
        guard let text = arguments.first else {
            throw RegistryError(.syntax, "SPLIT_TO_TABLE needs a text.", position: group.open.position)
        }
        let separator = arguments.count > 1 ? arguments[1].sql : "' '"
        return "LATERAL (SELECT unnest(sf_split_to_table(\(text.sql), \(separator)), max_depth := 2))"
    }
}
