import SnowflakeSQL
import Types

/// What a table name in a query stands for.
enum TableTarget: Sendable {
    /// A table of DuckDB, by exact catalog, schema and table name.
    case table(catalog: String, schema: String, name: String)
    /// A query of the engine's own or a view's: its serialised query node, already authorised and rewritten.
    case query(node: SyntaxNode)
}

/// Walks a query's syntax tree before it runs: every table is resolved and authorised, every function must be on the
/// allow-list, every model call becomes a registered function. What it does not know, it refuses.
///
/// This walk is what contains users' SQL: DuckDB could read files and load code, and only names that pass here reach it.
struct TreeRewriter {
    /// Resolves and authorises a table name that no CTE defines.
    let table: (PartialName) throws -> TableTarget
    /// Builds the node for model call `index` from its (already rewritten) arguments. What `*` stands for is an array of
    /// columns in the place of one argument.
    let call: (_ index: Int, _ arguments: [SyntaxNode], _ location: SyntaxNode) throws -> SyntaxNode
    /// Builds the table for a model call in TABLE(…), as ``call``; `reference` is the placeholder's own node.
    let tableCall: (_ index: Int, _ arguments: [SyntaxNode], _ reference: SyntaxNode) throws -> SyntaxNode
    /// The columns that a star means over a FROM clause, with the definitions of WITH around it.
    let columns: (_ star: SyntaxNode, _ from: SyntaxNode, _ definitions: [SyntaxNode]) throws -> [SyntaxNode]
    /// Computes a SYSTEM$… function from its arguments.
    let system: (_ name: String, _ arguments: [SyntaxNode]) throws -> SyntaxNode
    /// Set when the walk replaced anything: an unchanged tree need not be written back.
    private(set) var changed = false

    /// The FROM clauses of the queries around an expression, outermost first: what `*` in a call means.
    private var sources: [SyntaxNode] = []
    /// The definitions of WITH around an expression, outermost first.
    private var definitions: [SyntaxNode] = []

    init(
        table: @escaping (PartialName) throws -> TableTarget,
        call: @escaping (_ index: Int, _ arguments: [SyntaxNode], _ location: SyntaxNode) throws -> SyntaxNode,
        tableCall: @escaping (_ index: Int, _ arguments: [SyntaxNode], _ reference: SyntaxNode) throws -> SyntaxNode,
        columns:
            @escaping (_ star: SyntaxNode, _ from: SyntaxNode, _ definitions: [SyntaxNode]) throws -> [SyntaxNode],
        system: @escaping (_ name: String, _ arguments: [SyntaxNode]) throws -> SyntaxNode
    ) {
        self.table = table
        self.call = call
        self.tableCall = tableCall
        self.columns = columns
        self.system = system
    }

    /// Names of CTEs in scope, as bytes: Swift's strings are equal where DuckDB's are not.
    private typealias Scope = Set<[UInt8]>

    /// A name as DuckDB compares it: letters of ASCII without case, everything else byte for byte.
    private static func folded(_ name: String) -> [UInt8] {
        name.utf8.map { (65...90).contains($0) ? $0 + 32 : $0 }
    }

    private static let queryNodes: Set<String> = [
        "SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE",
    ]
    private static let tableReferences: Set<String> = [
        "BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY", "PIVOT",
    ]
    private static let expressionClasses: Set<String> = [
        "BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "DEFAULT",
        "FUNCTION",
        "LAMBDA", "LAMBDA_REF", "OPERATOR", "POSITIONAL_REFERENCE", "STAR", "SUBQUERY", "WINDOW", "TYPE",
    ]

    /// Rewrites the root of a statement: `{"node": …}`.
    mutating func rewrite(_ statement: SyntaxNode) throws -> SyntaxNode {
        try walk(statement, defined: [])
    }

    private mutating func walk(_ node: SyntaxNode, defined: Scope) throws -> SyntaxNode {
        switch node {
        case .array(let elements):
            return .array(try elements.map { try walk($0, defined: defined) })
        case .object(let members):
            if let kind = node["class"]?.text { return try walkExpression(node, members, kind, defined) }
            if node["cte_map"] != nil { return try walkQuery(node, members, defined) }
            if node["alias"] != nil, node["query_location"] != nil || node["sample"] != nil,
                let type = node["type"]?.text
            {
                return try walkTableReference(node, members, type, defined)
            }
            return try walkMembers(members, defined)
        default:
            return node
        }
    }

    private mutating func walkMembers(
        _ members: [SyntaxNode.Member], _ defined: Scope, except skipped: Set<String> = []
    ) throws -> SyntaxNode {
        var members = members
        for index in members.indices where !skipped.contains(members[index].key) {
            switch members[index].value {
            case .object, .array: members[index].value = try walk(members[index].value, defined: defined)
            default: break
            }
        }
        return .object(members)
    }

    /// A query node: its CTEs come into scope one after the other, each seeing those before it.
    private mutating func walkQuery(
        _ node: SyntaxNode, _ members: [SyntaxNode.Member], _ outer: Scope
    ) throws -> SyntaxNode {
        guard TreeRewriter.queryNodes.contains(node.name("type")) else {
            throw TreeRewriter.refusal("a query of the kind \(node.name("type"))")
        }
        var defined = outer
        let own = node["cte_name"]?.text.map(TreeRewriter.folded)
        // A recursive query sees its name in the second part only; in the first, the name is a table's.
        if let own { defined.remove(own) }
        let known = definitions.count
        defer { definitions.removeSubrange(known...) }
        var entries = node["cte_map"]?["map"]?.elements ?? []
        for index in entries.indices {
            guard let value = entries[index]["value"] else { continue }
            entries[index]["value"] = try walk(value, defined: defined)
            defined.insert(TreeRewriter.folded(entries[index].name("key")))
            definitions.append(entries[index])
        }
        let seeing = node.name("type") == "RECURSIVE_CTE_NODE" ? "right" : "child"
        // FROM comes first: a star in a call means its columns.
        let from = try node["from_table"].map { try walk($0, defined: defined) }
        if let from { sources.append(from) }
        defer { if from != nil { sources.removeLast() } }
        var result = try walkMembers(
            members, defined, except: own == nil ? ["cte_map", "from_table"] : ["cte_map", "from_table", seeing])
        if let from { result["from_table"] = from }
        if let own, let part = node[seeing] { result[seeing] = try walk(part, defined: defined.union([own])) }
        result["cte_map"] = .make(["map": .array(entries)])
        return result
    }

    private mutating func walkTableReference(
        _ node: SyntaxNode, _ members: [SyntaxNode.Member], _ type: String, _ defined: Scope
    ) throws -> SyntaxNode {
        guard TreeRewriter.tableReferences.contains(type) else {
            throw TreeRewriter.refusal("\(type.lowercased().replacingUnderscores) in FROM")
        }
        switch type {
        case "BASE_TABLE": return try walkBaseTable(node, defined)
        case "TABLE_FUNCTION":
            let name = node["function"]?.name("function_name").lowercased() ?? ""
            if name.hasPrefix("roost_table_"), let index = Int(name.dropFirst("roost_table_".count)) {
                changed = true
                return try tableCall(index, try arguments(node["function"]?["children"], defined), node)
            }
            guard FunctionAllowList.allows(tableFunction: name) else { throw TreeRewriter.unknownFunction(name) }
            guard let function = node["function"], case .object(let parts) = function else {
                throw TreeRewriter.refusal("this table function")
            }
            var result = node
            result["function"] = try walkMembers(parts, defined)
            return result
        case "JOIN":
            // What stands to the right may name what stands to the left.
            let left = try walk(node["left"] ?? .null, defined: defined)
            sources.append(left)
            defer { sources.removeLast() }
            var result = try walkMembers(members, defined, except: ["left"])
            result["left"] = left
            return result
        default: return try walkMembers(members, defined)
        }
    }

    /// The arguments of a model's call, each star as an array of columns.
    private mutating func arguments(_ nodes: SyntaxNode?, _ defined: Scope) throws -> [SyntaxNode] {
        try (nodes?.elements ?? []).map { node in
            guard node.name("class") == "STAR" else { return try walk(node, defined: defined) }
            guard let from = sources.last, from.name("type") != "EMPTY" else {
                throw RegistryError(.invalidArgument, "'*' as an argument needs a table in FROM whose columns it means.")
            }
            return .array(try columns(node, from, definitions))
        }
    }

    private mutating func walkBaseTable(_ node: SyntaxNode, _ defined: Scope) throws -> SyntaxNode {
        let catalog = node.name("catalog_name")
        let schema = node.name("schema_name")
        let name = node.name("table_name")
        if catalog.isEmpty, schema.isEmpty, defined.contains(TreeRewriter.folded(name)) { return node }
        guard node["at_clause"] == nil || node["at_clause"] == .null else {
            throw TreeRewriter.refusal("AT or BEFORE on a table")
        }
        changed = true
        let parts = [catalog, schema, name].filter { !$0.isEmpty }.map { Identifier(resolved: $0) }
        let alias = node.name("alias")
        switch try table(PartialName(parts)) {
        case .table(let catalog, let schema, let physical):
            var result = node
            result["catalog_name"] = .string(catalog)
            result["schema_name"] = .string(schema)
            result["table_name"] = .string(physical)
            if alias.isEmpty, physical != name { result["alias"] = .string(name) }
            return result
        case .query(let query):
            return .make([
                "type": .string("SUBQUERY"), "alias": .string(alias.isEmpty ? name : alias),
                "sample": node["sample"] ?? .null, "query_location": node["query_location"] ?? .number("0"),
                "subquery": .make(["node": query, "named_param_map": .array([])]),
                "column_name_alias": node["column_name_alias"] ?? .array([]),
            ])
        }
    }

    private mutating func walkExpression(
        _ node: SyntaxNode, _ members: [SyntaxNode.Member], _ kind: String, _ defined: Scope
    ) throws -> SyntaxNode {
        guard TreeRewriter.expressionClasses.contains(kind) else {
            throw TreeRewriter.refusal("\(kind.lowercased().replacingUnderscores) expressions")
        }
        switch kind {
        case "CONSTANT", "COLUMN_REF": return node
        case "CAST": return try walkMembers(members, defined, except: ["cast_type"])
        case "FUNCTION", "WINDOW":
            let name = node.name("function_name").lowercased()
            if name.hasPrefix("roost_call_"), let index = Int(name.dropFirst("roost_call_".count)) {
                changed = true
                var result = try call(
                    index, try arguments(node["children"], defined), node["query_location"] ?? .number("0"))
                result["alias"] = node["alias"] ?? .string("")
                return result
            }
            if name.hasPrefix("system$") {
                changed = true
                var result = try system(name, node["children"]?.elements ?? [])
                result["alias"] = node["alias"] ?? .string("")
                return result
            }
            guard ["", "main"].contains(node.name("schema")), node.name("catalog").isEmpty,
                FunctionAllowList.allows(function: name)
            else { throw TreeRewriter.unknownFunction(name) }
            var result = try walkMembers(members, defined)
            if ["+", "-", "*"].contains(name), node["is_operator"] == .bool(true) {
                result = widened(result)
            }
            if name == "/" || name == "%" {
                // DuckDB gives infinity or NULL for a division by zero; Snowflake gives an error.
                changed = true
                result["function_name"] = .string(name == "/" ? "sf_divide" : "sf_modulo")
                result["is_operator"] = .bool(false)
            }
            return result
        default: return try walkMembers(members, defined)
        }
    }

    /// Arithmetic of integer literals in 64 bits: DuckDB takes them for 32 bits wide.
    private mutating func widened(_ node: SyntaxNode) -> SyntaxNode {
        let children = node["children"]?.elements ?? []
        guard !children.isEmpty, children.allSatisfy(TreeRewriter.isInteger) else { return node }
        changed = true
        var result = node
        result["children"] = .array(
            children.map { child in
                guard child.name("class") == "CONSTANT" else { return child }
                return .make([
                    "class": .string("CAST"), "type": .string("OPERATOR_CAST"), "alias": .string(""),
                    "query_location": child["query_location"] ?? .number("0"), "child": child,
                    "cast_type": .make(["id": .string("BIGINT"), "type_info": .null]), "try_cast": .bool(false),
                ])
            })
        return result
    }

    /// Whether an expression is an integer literal, or arithmetic of such.
    private static func isInteger(_ node: SyntaxNode) -> Bool {
        if node.name("class") == "CAST" { return node["cast_type"]?.name("id") == "BIGINT" }
        if node.name("class") == "FUNCTION", ["+", "-", "*"].contains(node.name("function_name")) {
            return node["children"]?.elements.allSatisfy(isInteger) ?? false
        }
        return node.name("class") == "CONSTANT" && node["value"]?["type"]?.name("id") == "INTEGER"
    }

    private static func refusal(_ what: String) -> RegistryError {
        RegistryError(.unsupported, "Unsupported feature: \(what).")
    }

    private static func unknownFunction(_ name: String) -> RegistryError {
        let shown = (name.hasPrefix("sf_") ? String(name.dropFirst(3)) : name).uppercased()
        return RegistryError(
            .unknownFunction, "Unknown function \(shown).",
            hint: RegistryError.nearMiss(shown, FunctionAllowList.suggestions))
    }
}

extension String {
    fileprivate var replacingUnderscores: String { split(separator: "_").joined(separator: " ") }
}
