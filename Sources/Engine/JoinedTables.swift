import DuckDB
import Types

/// The tables that stand to the left of a model's table function in FROM, each with the columns that `*` would show.
///
/// Where they were joined by USING or NATURAL, two columns have become one: the first table keeps it, with the value
/// that the join gives it.
struct JoinedTables {
    /// One table, by its alias.
    struct Leaf {
        let alias: String
        var columns: [LeafColumn]
    }

    /// A column and the expression that gives its value over the tables as they are joined.
    struct LeafColumn {
        let name: String
        let type: LogicalType
        var value: SyntaxNode
    }

    /// A column of a table that was merged into another one: `R.G` after `L JOIN R USING (G)`.
    struct Merged {
        let alias: String
        let column: String
        /// The table whose column has the same value; nil where none has, as after an outer join.
        let owner: String?
    }

    /// The FROM clause, every table in it with an alias.
    private(set) var source: SyntaxNode
    private(set) var leaves: [Leaf] = []
    private(set) var merged: [Merged] = []

    /// - Parameter columns: the columns of one of the tables of a FROM clause, by its alias.
    init(_ from: SyntaxNode, columns: (_ source: SyntaxNode, _ alias: String) throws -> [Column]) throws {
        var count = 0
        source = JoinedTables.named(from, &count)
        let named = source
        leaves = try leaves(of: named) { try columns(named, $0) }
    }

    /// What remains of a left side of which nothing is left but its tables' names.
    private static func named(_ from: SyntaxNode, _ count: inout Int) -> SyntaxNode {
        var result = from
        if from.name("type") == "JOIN" {
            result["left"] = named(from["left"] ?? .null, &count)
            result["right"] = named(from["right"] ?? .null, &count)
            return result
        }
        let alias = from.name("alias").isEmpty ? from.name("table_name") : from.name("alias")
        result["alias"] = .string(alias.isEmpty ? "roost_table_\(count)" : alias)
        count += 1
        return result
    }

    private mutating func leaves(of from: SyntaxNode, _ columns: (String) throws -> [Column]) throws -> [Leaf] {
        guard from.name("type") == "JOIN" else {
            let alias = from.name("alias")
            return [
                Leaf(
                    alias: alias,
                    columns: try columns(alias).map {
                        LeafColumn(name: $0.name, type: $0.type, value: .columnReference(alias, $0.name))
                    })
            ]
        }
        var left = try leaves(of: from["left"] ?? .null, columns)
        let kind = from.name("join_type")
        if kind == "SEMI" || kind == "ANTI" { return left }
        var right = try leaves(of: from["right"] ?? .null, columns)
        for name in JoinedTables.shared(from, left, right) {
            guard let at = JoinedTables.place(of: name, in: left), let other = JoinedTables.place(of: name, in: right)
            else { continue }
            let (kept, dropped) = (left[at.leaf].alias, right[other.leaf].alias)
            let value = right[other.leaf].columns.remove(at: other.column).value
            switch kind {
            case "RIGHT": left[at.leaf].columns[at.column].value = value
            case "OUTER", "FULL":
                left[at.leaf].columns[at.column].value = .coalesce(left[at.leaf].columns[at.column].value, value)
            default: break
            }
            merged.append(Merged(alias: dropped, column: name, owner: kind == "INNER" ? kept : nil))
            if kind != "INNER" && kind != "LEFT" { merged.append(Merged(alias: kept, column: name, owner: nil)) }
        }
        return left + right
    }

    /// The columns that a join makes one of.
    private static func shared(_ join: SyntaxNode, _ left: [Leaf], _ right: [Leaf]) -> [String] {
        guard join.name("ref_type") == "NATURAL" else {
            return join["using_columns"]?.elements.compactMap(\.text) ?? []
        }
        return left.flatMap(\.columns).map(\.name).filter { place(of: $0, in: right) != nil }
    }

    private static func place(of name: String, in leaves: [Leaf]) -> (leaf: Int, column: Int)? {
        for (index, leaf) in leaves.enumerated() {
            if let column = leaf.columns.firstIndex(where: { $0.name.uppercased() == name.uppercased() }) {
                return (index, column)
            }
        }
        return nil
    }
}

extension JoinedTables {
    /// A query's expressions over the tables as they are after the call, where merged columns are one.
    ///
    /// - Throws: `unsupported` for a column that is no longer there.
    static func settled(_ node: SyntaxNode, _ merged: [Merged]) throws -> SyntaxNode {
        guard !merged.isEmpty else { return node }
        func gone(_ name: String) -> RegistryError {
            RegistryError(
                .unsupported, "After a join with USING, '\(name)' is not there beside a table function of a model.",
                hint: "Write the column without its table, or join with ON.")
        }
        func walk(_ node: SyntaxNode) throws -> SyntaxNode {
            switch node {
            case .array(let elements): return .array(try elements.map(walk))
            case .object(let members):
                if node["cte_map"] != nil { return node }  // another query has its own tables
                if node.name("class") == "COLUMN_REF" {
                    guard let found = named(node["column_names"]?.elements.compactMap(\.text) ?? []) else { return node }
                    guard let owner = found.owner else { throw gone("\(found.alias).\(found.column)") }
                    var result = node
                    result["column_names"] = .array([.string(owner), .string(found.column)])
                    return result
                }
                let relation = node.name("relation_name").uppercased()
                if node.name("class") == "STAR", !relation.isEmpty,
                    let found = merged.first(where: { $0.alias.uppercased() == relation })
                {
                    throw gone("\(found.alias).*")
                }
                return .object(try members.map { .init(key: $0.key, value: try walk($0.value)) })
            default: return node
            }
        }
        func named(_ names: [String]) -> Merged? {
            guard names.count > 1 else { return nil }
            let (alias, column) = (names[names.count - 2].uppercased(), names[names.count - 1].uppercased())
            return merged.first { $0.alias.uppercased() == alias && $0.column.uppercased() == column }
        }
        return try walk(node)
    }
}

extension SyntaxNode {
    /// `alias.column`
    static func columnReference(_ alias: String, _ column: String) -> SyntaxNode {
        .make([
            "class": .string("COLUMN_REF"), "type": .string("COLUMN_REF"), "alias": .string(""),
            "query_location": .number("0"), "column_names": .array([.string(alias), .string(column)]),
        ])
    }

    /// `COALESCE(a, b)`
    static func coalesce(_ first: SyntaxNode, _ second: SyntaxNode) -> SyntaxNode {
        .make([
            "class": .string("OPERATOR"), "type": .string("OPERATOR_COALESCE"), "alias": .string(""),
            "query_location": .number("0"), "children": .array([first, second]),
        ])
    }
}
