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
            if let (call, items) = context.tableCall(node) {
                var merged: [JoinedTables.Merged] = []
                return try run(call, items, node, over: nil, Scope(definitions: outer.definitions), &merged)
            }
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
        var merged: [JoinedTables.Merged] = []
        let tables = try tables(from, scope, &merged)
        for member in members where member.key != "cte_map" && member.key != "from_table" {
            result[member.key] = try JoinedTables.settled(result[member.key] ?? .null, merged)
        }
        result["from_table"] = tables
        return result
    }

    // MARK: FROM clauses

    /// A FROM clause with the rows of the table functions in their places.
    ///
    /// - Parameter merged: takes the columns that are one with another from then on.
    private func tables(
        _ from: SyntaxNode, _ scope: Scope, _ merged: inout [JoinedTables.Merged]
    ) throws -> SyntaxNode {
        if let (call, items) = context.tableCall(from) {
            return try run(call, items, from, over: nil, scope, &merged)
        }
        let all = Scope(definitions: scope.definitions)
        var result = from
        switch from.name("type") {
        case "JOIN":
            if let right = from["right"], let (call, items) = context.tableCall(right) {
                let condition = from["condition"] ?? .null
                try checkJoin(from, call)
                let isFiltered = !TableCallGatherer.isTrue(condition)
                let inner = try isFiltered || handlesPartitions(call) ? all : scope
                let left = try tables(from["left"] ?? .null, inner, &merged)
                let rows = try run(
                    call, items, right, over: left, inner, &merged, keepsPartitions: from.name("join_type") == "LEFT")
                guard isFiltered else { return rows }
                return try filtered(rows, by: try JoinedTables.settled(try walk(condition, all), merged))
            }
            if let turned = TableCallGatherer.turned(from, context.tableCall) {
                return try tables(turned, scope, &merged)
            }
            for side in ["left", "right"] { result[side] = try tables(from[side] ?? .null, all, &merged) }
            result["condition"] = try JoinedTables.settled(try walk(from["condition"] ?? .null, all), merged)
        case "SUBQUERY":
            guard let node = from["subquery"]?["node"] else { break }
            let isWhole = (from["sample"] ?? .null) == .null
            result["subquery"]?["node"] = try walk(node, isWhole ? scope : all)
        default: return try walk(from, all)
        }
        return result
    }

    /// Whether the method's handler takes partitions: what is loaded tells, the package need not say so.
    private func handlesPartitions(_ call: TableCall) throws -> Bool {
        let method = try pinned(call).method
        return try method.method().handlesPartitions(cancellation: method.cancellation)
    }

    /// `t, (TABLE(…) JOIN u)` as `(t, TABLE(…)) JOIN u`, which means the same: a comma binds less than JOIN. Nil for
    /// other joins.
    private static func turned(_ join: SyntaxNode, _ call: (SyntaxNode) -> (TableCall, [SyntaxNode])?) -> SyntaxNode? {
        guard join.name("ref_type") == "CROSS", let left = join["left"], let inner = join["right"],
            inner.name("type") == "JOIN", ["INNER", "LEFT"].contains(inner.name("join_type")),
            ["CROSS", "REGULAR"].contains(inner.name("ref_type")),
            inner["using_columns"]?.elements.isEmpty ?? true, let first = inner["left"]
        else { return nil }
        var pair = join
        pair["left"] = left
        pair["right"] = first
        if call(first) == nil {
            guard let deeper = turned(pair, call) else { return nil }
            pair = deeper
        }
        var result = inner
        result["left"] = pair
        return result
    }

    /// Every row on the left meets the rows of its own call. A condition of an inner join chooses among them; one of an
    /// outer join is refused.
    private func checkJoin(_ join: SyntaxNode, _ call: TableCall) throws {
        let kind = join.name("join_type")
        let hasCondition = !TableCallGatherer.isTrue(join["condition"] ?? .null)
        let isOffered =
            join.name("ref_type") == "CROSS"
            || join.name("ref_type") == "REGULAR" && (join["using_columns"]?.elements ?? []).isEmpty
                && (kind == "INNER" || kind == "LEFT" && !hasCondition)
        guard isOffered else {
            throw RegistryError(
                .unsupported,
                hasCondition
                    ? "An outer join with a condition to a table function of a model is not supported."
                    : "A join of this kind to a table function of a model is not supported.",
                hint: "Write FROM t, TABLE(…) and put the condition in WHERE.", position: call.bound.position)
        }
    }

    /// The rows that a condition leaves: a semi join to a single row adds no column.
    private func filtered(_ rows: SyntaxNode, by condition: SyntaxNode) throws -> SyntaxNode {
        let pattern = "SELECT * FROM roost_left SEMI JOIN (SELECT 1) AS roost_one ON TRUE"
        var join = try context.trusted(pattern)["from_table"] ?? .null
        join["left"] = rows
        join["condition"] = condition
        return join
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
        _ call: TableCall, _ items: [SyntaxNode], _ node: SyntaxNode, over left: SyntaxNode?, _ scope: Scope,
        _ merged: inout [JoinedTables.Merged], keepsPartitions: Bool = false
    ) throws -> SyntaxNode {
        let joined = try left.map { left in
            try JoinedTables(left) { source, alias in
                try context.connection.prepare(query([star(alias)], source, scope, limit: nil, call)).columns
            }
        }
        merged += joined?.merged ?? []
        return try handlesPartitions(call)
            ? try runPartitions(call, items, node, joined, scope, keepsAll: keepsPartitions)
            : try runRows(call, items, node, joined, scope)
    }

    // MARK: Row by row

    private func runRows(
        _ call: TableCall, _ items: [SyntaxNode], _ node: SyntaxNode, _ joined: JoinedTables?, _ scope: Scope
    ) throws -> SyntaxNode {
        let arguments = items.prefix(call.argumentCount)
        let leaves = joined?.leaves ?? []
        let named =
            leaves.flatMap(\.columns).enumerated().map { renamed($1.value, "c\($0)") }
            + arguments.enumerated().map { renamed($1, "a\($0)") }
        let items = named.isEmpty ? [try context.expression("1")] : named
        let input = try context.scratch(sql: try query(items, joined?.source, scope, limit: scope.wanted, call))

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

    /// - Parameter keepsAll: whether a partition without outputs stays, as in an outer join.
    private func runPartitions(
        _ call: TableCall, _ items: [SyntaxNode], _ node: SyntaxNode, _ joined: JoinedTables?, _ scope: Scope,
        keepsAll: Bool
    ) throws -> SyntaxNode {
        let arguments = items.prefix(call.argumentCount)
        let leaves = joined?.leaves ?? []
        let keys = items.dropFirst(call.argumentCount).prefix(call.partitionCount)
        let orders = items.dropFirst(call.argumentCount + call.partitionCount)
        let named =
            arguments.enumerated().map { renamed($1, "a\($0)") } + keys.enumerated().map { renamed($1, "k\($0)") }
            + orders.enumerated().map { renamed($1, "o\($0)") }
        let columns = named.isEmpty ? [try context.expression("1")] : named
        let input = try context.scratch(sql: try query(columns, joined?.source, scope, limit: nil, call))

        let keyNames = keys.indices.map { "k\($0 - keys.startIndex)" }
        let keyList = keyNames.joined(separator: ", ")
        let (kept, grouped) =
            keyNames.isEmpty ? ("", "HAVING count(*) > 0") : (", \(keyList)", "GROUP BY \(keyList) ORDER BY \(keyList)")
        let partitions = try context.scratch(sql: "SELECT count(*) AS size\(kept) FROM \(input.sql) \(grouped)")
        let sizes = try context.connection.numbers("SELECT size FROM \(partitions.sql) ORDER BY rowid")

        let directions = call.orderDirections.enumerated().map { "o\($0) \($1)" }
        let order = (keyNames + directions + ["rowid"]).joined(separator: ", ")
        let argumentNames = arguments.indices.map { "a\($0)" }
        let selected = argumentNames.isEmpty ? "1" : argumentNames.joined(separator: ", ")
        let method = try pinned(call)
        let run = PartitionRun(
            call: method, batchRows: context.engine.settings.workerBatchRows,
            lanes: context.engine.settings.sqlThreads)
        let chunks = try run.run(
            try context.connection.stream("SELECT \(selected) FROM \(input.sql) ORDER BY \(order)"), sizes: sizes)
        let outputs = context.newScratch()
        try context.connection.execute(
            "CREATE TEMP TABLE \(outputs.sql) (number BIGINT, outputs \(method.shape.result.duckType.sqlName))")
        try fill(outputs, chunks)

        // Of the left side, the columns of PARTITION BY stay.
        let keptNames = keyNames.map { ", p.\($0)" }.joined()
        let rows = try context.scratch(
            sql: """
                SELECT o.outputs\(keptNames) FROM \(outputs.sql) o \(keepsAll ? "RIGHT " : "")JOIN \(partitions.sql) p
                ON o.number = p.rowid ORDER BY \(keepsAll ? "p.rowid, " : "")o.rowid
                """)
        let keyColumns = try keys.map { key in
            try JoinedTables.settled(key, joined?.merged ?? [])["column_names"]?.elements.compactMap(\.text) ?? []
        }
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
        } catch let error as RegistryError where error.code == .unknownColumn || error.code == .notFound {
            throw RegistryError(
                .unsupported, "A table function of a model takes columns of the tables before it in its own FROM clause only: \(error.message)",
                hint: "Write FROM t, TABLE(…).", position: call.bound.position)
        }
        return sql
    }

    private func pinned(_ call: TableCall) throws -> BatchRun.Call {
        guard let method = context.engine.methods.method(call.bound.handle) else {
            throw RegistryError(.internal, "A table function has no handle.")
        }
        return .init(method: method, shape: MethodFunctions.Shape(tableOf: method.signature))
    }

    private func fill(_ table: ScratchTable, _ chunks: [DataChunk]) throws {
        let appender = try Appender(context.connection, catalog: "temp", schema: "main", table: table.name)
        for chunk in chunks { try appender.append(chunk) }
        try appender.close()
    }

    private func outputTable(_ call: TableCall, _ node: SyntaxNode, _ outputs: ScratchTable) -> String {
        let list = call.outputNames.enumerated().map {
            "outputs['\(MethodResult.tableField($0))'] AS \(quoted($1))"
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

    private func star(_ alias: String) throws -> SyntaxNode {
        try context.trusted("SELECT \(quoted(alias)).* FROM x")["select_list"]?.elements.first ?? .null
    }

    private func renamed(_ item: SyntaxNode, _ name: String) -> SyntaxNode {
        var item = item
        item["alias"] = .string(name)
        return item
    }
}
