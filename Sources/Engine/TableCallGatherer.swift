import DuckDB
import Inference
import Types

/// Runs the table functions of models in a query's FROM clauses, and puts their rows in place.
///
/// `FROM t, TABLE(m!f(a) OVER (PARTITION BY g)) AS p` becomes two tables that are read side by side: `t` as it is after
/// the call, and `p` with the outputs. A method that takes rows leaves `t` as it was. One that takes partitions gives any
/// number of rows for each, and of `t` only the columns of PARTITION BY are left, the others are NULL.
struct TableCallGatherer {
    let context: StatementContext

    private struct Scope {
        /// CTE definitions around a node, outermost first.
        var definitions: [SyntaxNode] = []
        /// Rows that are wanted of the query at hand, nil for all.
        var wanted: Int?
    }

    /// One table of a FROM clause.
    private struct Leaf {
        let alias: String
        let columns: [Column]
    }

    /// Runs every table function in a statement's tree; gives the tree to run.
    func gather(_ statement: SyntaxNode) throws -> SyntaxNode {
        guard let node = statement["node"] else { return statement }
        var result = statement
        result["node"] = try walk(node, Scope())
        return result
    }

    private func walk(_ node: SyntaxNode, _ outer: Scope) throws -> SyntaxNode {
        switch node {
        case .array(let elements):
            let scope = Scope(definitions: outer.definitions)
            return .array(try elements.map { try walk($0, scope) })
        case .object(let members):
            guard node["cte_map"] != nil else {
                let scope = Scope(definitions: outer.definitions)
                return .object(try members.map { .init(key: $0.key, value: try walk($0.value, scope)) })
            }
            return try walkQuery(node, members, outer)
        default: return node
        }
    }

    private func walkQuery(_ node: SyntaxNode, _ members: [SyntaxNode.Member], _ outer: Scope) throws -> SyntaxNode {
        var scope = Scope(definitions: outer.definitions)
        var entries = node["cte_map"]?["map"]?.elements ?? []
        for index in entries.indices {
            if let value = entries[index]["value"] { entries[index]["value"] = try walk(value, scope) }
            scope.definitions.append(entries[index])
        }
        var result = node
        result["cte_map"] = .make(["map": .array(entries)])
        for member in members where member.key != "cte_map" && member.key != "from_table" {
            result[member.key] = try walk(member.value, scope)
        }
        guard let from = node["from_table"] else { return result }
        scope.wanted = RowsWanted.count(of: node, atMost: outer.wanted)
        result["from_table"] = try tables(from, scope)
        return result
    }

    // MARK: FROM clauses

    private func tables(_ from: SyntaxNode, _ scope: Scope) throws -> SyntaxNode {
        if let (call, items) = context.tableCall(from) { return try run(call, items, from, over: nil, scope) }
        switch from.name("type") {
        case "JOIN":
            guard let right = from["right"], let (call, items) = context.tableCall(right) else {
                return try walk(from, Scope(definitions: scope.definitions))
            }
            try checkJoin(from, call)
            var inner = scope
            if call.signature.isPartitioned { inner.wanted = nil }
            let left = try tables(from["left"] ?? .null, inner)
            return try run(call, items, right, over: left, inner)
        case "SUBQUERY":
            var result = from
            if let node = from["subquery"]?["node"] {
                let isWhole = (from["sample"] ?? .null) == .null
                result["subquery"]?["node"] = try walk(
                    node, Scope(definitions: scope.definitions, wanted: isWhole ? scope.wanted : nil))
            }
            return result
        default: return try walk(from, Scope(definitions: scope.definitions))
        }
    }

    /// Every row on the left meets the rows of its own call: a condition has nothing to choose from.
    private func checkJoin(_ join: SyntaxNode, _ call: TableCall) throws {
        let condition = join["condition"] ?? .null
        let isPlain =
            join.name("ref_type") == "CROSS"
            || join.name("ref_type") == "REGULAR" && ["INNER", "LEFT"].contains(join.name("join_type"))
                && TableCallGatherer.isTrue(condition)
        guard isPlain else {
            throw RegistryError(
                .unsupported, "A join with a condition to a table function of a model is not supported.",
                hint: "Write FROM t, TABLE(…) and put the condition in WHERE.", position: call.bound.position)
        }
    }

    /// `ON TRUE`, in one of the forms in which a tree has it.
    private static func isTrue(_ condition: SyntaxNode) -> Bool {
        switch condition.name("class") {
        case "CONSTANT": condition["value"]?["value"] == .bool(true)
        case "CAST": condition["child"]?["value"]?["value"] == .string("t") || isTrue(condition["child"] ?? .null)
        default: condition == .null
        }
    }

    private func run(
        _ call: TableCall, _ items: [SyntaxNode], _ node: SyntaxNode, over left: SyntaxNode?, _ scope: Scope
    ) throws -> SyntaxNode {
        let (source, leaves) = try self.leaves(of: left, call, scope)
        return call.signature.isPartitioned
            ? try runPartitions(call, items, node, source, leaves, scope)
            : try runRows(call, items, node, source, leaves, scope)
    }

    // MARK: Row by row

    private func runRows(
        _ call: TableCall, _ items: [SyntaxNode], _ node: SyntaxNode, _ source: SyntaxNode?, _ leaves: [Leaf],
        _ scope: Scope
    ) throws -> SyntaxNode {
        let arguments = items.prefix(call.argumentCount)
        let columns = leaves.flatMap { leaf in leaf.columns.map { reference(leaf.alias, $0.name) } }
        let named = columns.enumerated().map { renamed($1, "c\($0)") }
            + arguments.enumerated().map { renamed($1, "a\($0)") }
        let input = try context.scratch(
            sql: try query(named.isEmpty ? [try context.expression("1")] : named, source, scope, limit: scope.wanted, call))

        let argumentNames = arguments.indices.map { "a\($0)" }
        let selected = argumentNames.isEmpty ? "1" : argumentNames.joined(separator: ", ")
        let method = try pinned(call)
        let run = BatchRun(
            methods: [method], batchRows: context.engine.settings.workerBatchRows,
            lanes: context.engine.settings.sqlThreads)
        let chunks = try run.predict(try context.connection.stream("SELECT \(selected) FROM \(input.sql)"))
        let outputs = context.newScratch()
        try context.connection.execute(
            "CREATE TEMP TABLE \(outputs.sql) (outputs \(method.shape.result.duckType.sqlName))")
        try fill(outputs, chunks)

        var at = 0
        var tables: [String] = []
        for leaf in leaves where !leaf.columns.isEmpty {
            let list = leaf.columns.map { column -> String in
                defer { at += 1 }
                return "c\(at) AS \(Identifier(resolved: column.name).quoted)"
            }
            tables.append("(SELECT \(list.joined(separator: ", ")) FROM \(input.sql)) AS \(quoted(leaf.alias))")
        }
        return try sideBySide(tables, outputTable(call, node, outputs))
    }

    // MARK: Partition by partition

    private func runPartitions(
        _ call: TableCall, _ items: [SyntaxNode], _ node: SyntaxNode, _ source: SyntaxNode?, _ leaves: [Leaf],
        _ scope: Scope
    ) throws -> SyntaxNode {
        let arguments = items.prefix(call.argumentCount)
        let keys = items.dropFirst(call.argumentCount).prefix(call.partitionCount)
        let orders = items.dropFirst(call.argumentCount + call.partitionCount)
        let input = try context.scratch(
            sql: try query(
                arguments.enumerated().map { renamed($1, "a\($0)") } + keys.enumerated().map { renamed($1, "k\($0)") }
                    + orders.enumerated().map { renamed($1, "o\($0)") }, source, scope, limit: nil, call))

        let keyNames = (0..<call.partitionCount).map { "k\($0)" }
        let number = keyNames.isEmpty ? "1" : "dense_rank() OVER (ORDER BY \(keyNames.joined(separator: ", ")))"
        let kept = keyNames.map { ", any_value(\($0)) AS \($0)" }.joined()
        let numbered = try context.scratch(sql: "SELECT *, rowid AS place, \(number) AS partition FROM \(input.sql)")
        let partitions = try context.scratch(
            sql: "SELECT partition - 1 AS number, count(*) AS size\(kept) FROM \(numbered.sql) GROUP BY partition ORDER BY partition")
        let sizes = try context.connection.numbers("SELECT size FROM \(partitions.sql) ORDER BY number")

        let directions = call.orderDirections.enumerated().map { "o\($0) \($1)" }
        let order = (["partition"] + directions + ["place"]).joined(separator: ", ")
        let argumentNames = arguments.indices.map { "a\($0)" }
        let selected = argumentNames.isEmpty ? "1" : argumentNames.joined(separator: ", ")
        let method = try pinned(call)
        let run = PartitionRun(
            call: method, batchRows: context.engine.settings.workerBatchRows,
            lanes: context.engine.settings.sqlThreads)
        let chunks = try run.run(
            try context.connection.stream("SELECT \(selected) FROM \(numbered.sql) ORDER BY \(order)"), sizes: sizes)
        let outputs = context.newScratch()
        try context.connection.execute(
            "CREATE TEMP TABLE \(outputs.sql) (number BIGINT, outputs \(method.shape.result.duckType.sqlName))")
        try fill(outputs, chunks)

        // Of the left side, the columns of PARTITION BY stay.
        let keptNames = keyNames.map { ", p.\($0)" }.joined()
        let rows = try context.scratch(
            sql: "SELECT o.outputs\(keptNames) FROM \(outputs.sql) o JOIN \(partitions.sql) p ON o.number = p.number "
                + "ORDER BY o.rowid")
        let keyColumns = keys.map { $0["column_names"]?.elements.compactMap(\.text) ?? [] }
        let tables = leaves.filter { !$0.columns.isEmpty }.map { leaf in
            let list = leaf.columns.map { column -> String in
                let key = keyColumns.firstIndex { TableCallGatherer.names($0, leaf.alias, column.name) }
                let value = key.map { "k\($0)" } ?? "CAST(NULL AS \(column.type.sqlName))"
                return "\(value) AS \(quoted(column.name))"
            }
            return "(SELECT \(list.joined(separator: ", ")) FROM \(rows.sql)) AS \(quoted(leaf.alias))"
        }
        return try sideBySide(tables, outputTable(call, node, rows))
    }

    /// Whether a column reference of PARTITION BY means a column of a table: `G` or `T.G`.
    private static func names(_ reference: [String], _ alias: String, _ column: String) -> Bool {
        guard let last = reference.last, last.uppercased() == column.uppercased() else { return false }
        guard reference.count > 1 else { return true }
        return reference[reference.count - 2].uppercased() == alias.uppercased()
    }

    // MARK: Parts

    /// The tables on the left and their columns. Tables without a name get one.
    private func leaves(
        of left: SyntaxNode?, _ call: TableCall, _ scope: Scope
    ) throws -> (source: SyntaxNode?, leaves: [Leaf]) {
        guard let left else { return (nil, []) }
        var names: [(alias: String, without: Set<String>)] = []
        let source = named(left, [], &names)
        let leaves = try names.map { name, without in
            let sql = try query([try star(name)], source, scope, limit: nil, call)
            let columns = try context.connection.prepare(sql).columns
            return Leaf(alias: name, columns: columns.filter { !without.contains($0.name.uppercased()) })
        }
        return (source, leaves)
    }

    private func named(
        _ from: SyntaxNode, _ joined: Set<String>, _ names: inout [(alias: String, without: Set<String>)]
    ) -> SyntaxNode {
        var result = from
        if from.name("type") == "JOIN" {
            result["left"] = named(from["left"] ?? .null, joined, &names)
            let using = Set(from["using_columns"]?.elements.compactMap { $0.text?.uppercased() } ?? [])
            result["right"] = named(from["right"] ?? .null, joined.union(using), &names)
            return result
        }
        var alias = from.name("alias").isEmpty ? from.name("table_name") : from.name("alias")
        if alias.isEmpty {
            alias = "roost_table_\(names.count)"
            result["alias"] = .string(alias)
        }
        names.append((alias, joined))
        return result
    }

    /// A query over the left side that stands alone.
    private func query(
        _ items: [SyntaxNode], _ source: SyntaxNode?, _ scope: Scope, limit: Int?, _ call: TableCall
    ) throws -> String {
        var select = try context.trusted("SELECT 1")
        select["select_list"] = .array(items)
        if let source {
            select["from_table"] = source
            select["cte_map"] = .make(["map": .array(scope.definitions)])
        }
        var sql = try context.deserialise(.make(["node": select, "named_param_map": .array([])]))
        if let limit { sql = "SELECT * FROM (\(sql)) LIMIT \(limit)" }
        do {
            _ = try context.connection.prepare(sql)
        } catch let error as RegistryError {
            throw RegistryError(
                .unsupported, "A table function of a model can't take columns of a query around its own: \(error.message)",
                position: call.bound.position)
        }
        return sql
    }

    private func pinned(_ call: TableCall) throws -> BatchRun.Call {
        guard let method = context.engine.methods.method(call.bound.handle) else {
            throw RegistryError(.internal, "A table function has no handle.")
        }
        return .init(method: method, shape: MethodFunctions.Shape(method.signature))
    }

    private func fill(_ table: ScratchTable, _ chunks: [DataChunk]) throws {
        let appender = try Appender(context.connection, catalog: "temp", schema: "main", table: table.name)
        for chunk in chunks { try appender.append(chunk) }
        try appender.close()
    }

    private func outputTable(_ call: TableCall, _ node: SyntaxNode, _ outputs: ScratchTable) -> String {
        let isBare = if case .bare = MethodResult(call.signature) { true } else { false }
        let list = call.outputNames.map { name in
            let field = isBare ? "outputs" : "outputs[\(QuotedText.literal(name))]"
            return "\(field) AS \(Identifier(resolved: name).quoted)"
        }
        let aliases = node["column_name_alias"]?.elements.compactMap(\.text).map(quoted) ?? []
        let names = aliases.isEmpty ? "" : "(\(aliases.joined(separator: ", ")))"
        return "(SELECT \(list.joined(separator: ", ")) FROM \(outputs.sql)) AS \(quoted(node.name("alias")))\(names)"
    }

    private func sideBySide(_ tables: [String], _ outputs: String) throws -> SyntaxNode {
        let from = (tables + [outputs]).joined(separator: " POSITIONAL JOIN ")
        return try context.trusted("SELECT * FROM \(from)")["from_table"] ?? .null
    }

    private func quoted(_ name: String) -> String { Identifier(resolved: name).quoted }

    private func reference(_ alias: String, _ column: String) -> SyntaxNode {
        .make([
            "class": .string("COLUMN_REF"), "type": .string("COLUMN_REF"), "alias": .string(""),
            "query_location": .number("0"), "column_names": .array([.string(alias), .string(column)]),
        ])
    }

    private func star(_ alias: String) throws -> SyntaxNode {
        try context.trusted("SELECT \(quoted(alias)).* FROM x")["select_list"]?.elements.first ?? .null
    }

    private func renamed(_ item: SyntaxNode, _ name: String) -> SyntaxNode {
        var item = item
        item["alias"] = .string(name)
        return item
    }
}
