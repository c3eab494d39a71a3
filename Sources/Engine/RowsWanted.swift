/// How many rows of a FROM clause a query needs, where a LIMIT says so and nothing between could lose or gain a row.
enum RowsWanted {
    /// - Parameters:
    ///   - node: the query.
    ///   - most: rows that are wanted of the query itself, nil for all.
    /// - Returns: rows that are needed of its FROM clause, nil for all.
    static func count(of node: SyntaxNode, atMost most: Int?) -> Int? {
        guard node.name("type") == "SELECT_NODE", isPlain(node) else { return nil }
        var wanted = most
        for modifier in node["modifiers"]?.elements ?? [] {
            guard modifier.name("type") == "LIMIT_MODIFIER", let limit = constant(modifier["limit"]) else { return nil }
            let offset = modifier["offset"] ?? .null
            guard offset == .null || constant(offset) != nil else { return nil }
            let (rows, isTooMany) = limit.addingReportingOverflow(constant(offset) ?? 0)
            guard !isTooMany else { return nil }
            // With an offset, the rows that are wanted are not the first ones.
            wanted = min(rows, offset == .null ? wanted ?? rows : rows)
        }
        return wanted
    }

    /// Whether each row of FROM gives one row of the query: columns, casts and paths only.
    private static func isPlain(_ node: SyntaxNode) -> Bool {
        for clause in ["where_clause", "having", "qualify", "sample"] where (node[clause] ?? .null) != .null {
            return false
        }
        guard node["group_expressions"]?.elements.isEmpty ?? true, node["group_sets"]?.elements.isEmpty ?? true else {
            return false
        }
        return (node["select_list"]?.elements ?? []).allSatisfy(isPlainItem)
    }

    private static func isPlainItem(_ item: SyntaxNode) -> Bool {
        switch item.name("class") {
        case "COLUMN_REF", "STAR", "CONSTANT": true
        case "CAST": isPlainItem(item["child"] ?? .null)
        case "OPERATOR":
            ["ARRAY_EXTRACT", "STRUCT_EXTRACT"].contains(item.name("type"))
                && (item["children"]?.elements ?? []).allSatisfy(isPlainItem)
        default: false
        }
    }

    private static func constant(_ node: SyntaxNode?) -> Int? {
        guard let node, node.name("class") == "CONSTANT", case .number(let text)? = node["value"]?["value"] else {
            return nil
        }
        return Int(text)
    }
}
