import DuckDB
import Foundation
import Inference
import Synchronization
import Types

/// Runs a Python model over a whole table in batches of tens of thousands of rows, instead of DuckDB's 2,048.
///
/// Recognised is a SELECT over one table, CTE or subquery whose select list, WHERE or GROUP BY calls methods. Its input
/// is copied, unless it is a whole table, so that it can't change meanwhile; the arguments stream through the workers in large batches, several at once; the predictions
/// become a second table that is joined back by position; the calls become columns. Every other shape runs per chunk.
///
/// A call under a LIMIT that could stop early is left alone: it may need a few rows only.
struct BatchGatherer {
    let context: StatementContext

    private struct Scope {
        /// CTE definitions around a node, outermost first.
        var definitions: [SyntaxNode] = []
        var isLimited = false
    }

    private static let functionPrefix = "roost_method_"
    private static let predictionPrefix = "roost_prediction_"
    private static let aggregates: Set<String> = [
        "count", "count_star", "sum", "avg", "min", "max", "stddev", "median",
    ]

    /// Gathers what can be gathered in a statement's tree; gives the tree to run.
    func gather(_ statement: SyntaxNode) throws -> SyntaxNode {
        guard let node = statement["node"] else { return statement }
        var result = statement
        result["node"] = try walk(node, Scope())
        return result
    }

    private func walk(_ node: SyntaxNode, _ outer: Scope) throws -> SyntaxNode {
        switch node {
        case .array(let elements): return .array(try elements.map { try walk($0, outer) })
        case .object(let members):
            guard node["cte_map"] != nil else {
                return .object(try members.map { .init(key: $0.key, value: try walk($0.value, outer)) })
            }
            var scope = outer
            scope.isLimited = outer.isLimited || stopsEarly(node)
            var entries = node["cte_map"]?["map"]?.elements ?? []
            for index in entries.indices {
                if let value = entries[index]["value"] { entries[index]["value"] = try walk(value, scope) }
                scope.definitions.append(entries[index])
            }
            var result = node
            result["cte_map"] = .make(["map": .array(entries)])
            if node.name("type") == "SELECT_NODE", let gathered = try gatherSelect(result, scope) { return gathered }
            for member in members where member.key != "cte_map" {
                result[member.key] = try walk(member.value, scope)
            }
            return result
        default: return node
        }
    }

    /// Whether a LIMIT may end the work before all rows were seen.
    private func stopsEarly(_ node: SyntaxNode) -> Bool {
        let modifiers = node["modifiers"]?.elements.map { $0.name("type") } ?? []
        guard modifiers.contains("LIMIT_MODIFIER") || modifiers.contains("LIMIT_PERCENT_MODIFIER") else { return false }
        let aggregates = node["select_list"]?.elements.contains { item in
            BatchGatherer.aggregates.contains(item.name("function_name").lowercased())
        }
        let groups = node["group_expressions"]?.elements.isEmpty == false
        return aggregates != true && !groups && !modifiers.contains("ORDER_MODIFIER")
    }

    /// The node with its calls replaced by columns, nil where its shape is not one to gather.
    private func gatherSelect(_ node: SyntaxNode, _ scope: Scope) throws -> SyntaxNode? {
        guard !scope.isLimited, let from = node["from_table"],
            ["BASE_TABLE", "SUBQUERY", "TABLE_FUNCTION"].contains(from.name("type")),
            !BatchGatherer.holdsCall(from), !scope.definitions.contains(where: BatchGatherer.holdsCall)
        else { return nil }
        let filter = node["where_clause"] ?? .null
        let filtersByCall = BatchGatherer.holdsCall(filter)
        let places =
            ["select_list", "group_expressions", "having", "qualify", "modifiers"]
            + (filtersByCall ? ["where_clause"] : [])
        var calls: [SyntaxNode] = []
        for place in places { BatchGatherer.collect(node[place] ?? .null, into: &calls) }
        guard !calls.isEmpty, calls.allSatisfy({ BatchGatherer.hasPlainArguments($0) }) else { return nil }
        // UPDATE and DELETE ask for the rows' own numbers, which a copy does not have.
        guard !places.contains(where: { BatchGatherer.namesRows(node[$0] ?? .null) }) else { return nil }

        let alias = from.name("alias").isEmpty ? from.name("table_name") : from.name("alias")
        guard !alias.isEmpty else { return nil }
        guard let input = try self.input(from, filter: filtersByCall ? .null : filter, scope),
            let predictions = try predict(calls, over: input, alias: alias)
        else { return nil }
        let excluded = calls.indices.map { "\(BatchGatherer.predictionPrefix)\($0)" }

        var result = node
        let joined = try context.trusted(
            "SELECT * FROM \(input) POSITIONAL JOIN \(predictions.sql)")
        result["from_table"] = .make([
            "type": .string("SUBQUERY"), "alias": .string(alias), "sample": .null, "query_location": .number("0"),
            "subquery": .make(["node": joined, "named_param_map": .array([])]), "column_name_alias": .array([]),
        ])
        if !filtersByCall { result["where_clause"] = .null }
        for place in places {
            guard let value = result[place] else { continue }
            result[place] = try replace(calls, in: value, excluded: excluded)
        }
        return result
    }

    // MARK: Steps

    /// The table to predict over, as SQL names it: the table itself where it is read whole and can't change meanwhile,
    /// else a copy of what the query reads.
    private func input(_ from: SyntaxNode, filter: SyntaxNode, _ scope: Scope) throws -> String? {
        let catalog = from.name("catalog_name")
        let isWhole =
            from.name("type") == "BASE_TABLE" && !catalog.isEmpty && filter == .null
            && (from["sample"] ?? .null) == .null && (from["column_name_alias"]?.elements ?? []).isEmpty
        if isWhole, try catalog == "temp" || context.openReadSnapshot() {
            return [catalog, from.name("schema_name"), from.name("table_name")]
                .map { Identifier(resolved: $0).quoted }.joined(separator: ".")
        }
        return try materialise(from, filter: filter, scope)?.sql
    }

    /// The input as a table of its own; nil where it can't stand alone, as a correlated subquery's can't.
    private func materialise(_ from: SyntaxNode, filter: SyntaxNode, _ scope: Scope) throws -> ScratchTable? {
        var select = try context.trusted("SELECT * FROM x")
        select["from_table"] = from
        select["where_clause"] = filter
        select["cte_map"] = .make(["map": .array(scope.definitions)])
        let sql = try context.deserialise(.make(["node": select, "named_param_map": .array([])]))
        guard standsAlone(sql) else { return nil }
        return try context.scratch(sql: sql)
    }

    /// Whether DuckDB can bind the query: what it can't, names columns of a query around it.
    private func standsAlone(_ sql: String) -> Bool {
        do {
            _ = try context.connection.prepare(sql)
            return true
        } catch {
            return false
        }
    }

    /// Sends the arguments of every call through the workers; gives a table with one column a call, in the input's order.
    ///
    /// Nil where an argument names a column of a query around this one.
    private func predict(_ calls: [SyntaxNode], over input: String, alias: String) throws -> ScratchTable? {
        let methods = try calls.map { call -> (PinnedMethod, MethodFunctions.Shape) in
            let handle =
                call["children"]?.elements.first?["value"]?["value"]
                ?? call["children"]?.elements.first?["child"]?["value"]?["value"]
            guard case .number(let text)? = handle, let id = Int64(text), let method = context.engine.methods.method(id)
            else {
                throw RegistryError(.internal, "A gathered call has no handle.")
            }
            return (method, MethodFunctions.Shape(method.signature))
        }
        var select = try context.trusted("SELECT * FROM \(input) AS \(Identifier(resolved: alias).quoted)")
        let arguments = calls.flatMap { $0["children"]?.elements.dropFirst() ?? [] }
        select["select_list"] = .array(arguments)
        let sql = try context.deserialise(.make(["node": select, "named_param_map": .array([])]))

        guard standsAlone(sql) else { return nil }
        let table = context.newScratch()
        let columns = methods.enumerated().map {
            "\(BatchGatherer.predictionPrefix)\($0) \($1.1.result.duckType.sqlName)"
        }
        try context.connection.execute("CREATE TEMP TABLE \(table.sql) (\(columns.joined(separator: ", ")))")
        let run = BatchRun(
            methods: methods.map { .init(method: $0.0, shape: $0.1) },
            batchRows: context.engine.settings.workerBatchRows,
            lanes: context.engine.settings.sqlThreads)
        let chunks = try run.predict(try context.connection.stream(sql))
        let appender = try Appender(context.connection, catalog: "temp", schema: "main", table: table.name)
        for chunk in chunks { try appender.append(chunk) }
        try appender.close()
        return table
    }

    /// Whether an expression names DuckDB's number of a row.
    private static func namesRows(_ node: SyntaxNode) -> Bool {
        switch node {
        case .array(let elements): elements.contains(where: namesRows)
        case .object(let members):
            node.name("class") == "COLUMN_REF"
                ? node["column_names"]?.elements.last.map { $0.text?.lowercased() == "rowid" } ?? false
                : members.contains { namesRows($0.value) }
        default: false
        }
    }

    private func replace(_ calls: [SyntaxNode], in node: SyntaxNode, excluded: [String]) throws -> SyntaxNode {
        switch node {
        case .array(let elements): return .array(try elements.map { try replace(calls, in: $0, excluded: excluded) })
        case .object(let members):
            if BatchGatherer.isCall(node) {
                let plain = BatchGatherer.canonical(node)
                guard let index = calls.firstIndex(where: { BatchGatherer.canonical($0) == plain }) else { return node }
                var column = try context.expression("\"\(BatchGatherer.predictionPrefix)\(index)\"")
                column["alias"] = node["alias"] ?? .string("")
                return column
            }
            if node.name("class") == "STAR", node["columns"] == .bool(false) {
                var star = node
                let hidden = excluded.map { SyntaxNode.string($0) }
                star["exclude_list"] = .array((node["exclude_list"]?.elements ?? []) + hidden)
                return star
            }
            return .object(
                try members.map { .init(key: $0.key, value: try replace(calls, in: $0.value, excluded: excluded)) })
        default: return node
        }
    }

    // MARK: Shapes

    private static func isCall(_ node: SyntaxNode) -> Bool {
        node.name("class") == "FUNCTION" && node.name("function_name").hasPrefix(functionPrefix)
    }

    private static func holdsCall(_ node: SyntaxNode) -> Bool {
        switch node {
        case .array(let elements): elements.contains(where: holdsCall)
        case .object(let members): isCall(node) || members.contains { holdsCall($0.value) }
        default: false
        }
    }

    /// The calls in a node that belong to its own SELECT, not to one nested in it; equal calls once.
    private static func collect(_ node: SyntaxNode, into calls: inout [SyntaxNode]) {
        switch node {
        case .array(let elements): for element in elements { collect(element, into: &calls) }
        case .object(let members):
            if isCall(node) {
                let plain = canonical(node)
                if !calls.contains(where: { canonical($0) == plain }) { calls.append(node) }
            } else if node["cte_map"] == nil {
                for member in members { collect(member.value, into: &calls) }
            }
        default: break
        }
    }

    /// A call without its alias and without places in the text: equal for calls that mean the same.
    private static func canonical(_ node: SyntaxNode) -> SyntaxNode {
        switch node {
        case .array(let elements): .array(elements.map(canonical))
        case .object(let members):
            .object(
                members.filter { $0.key != "query_location" && $0.key != "alias" }
                    .map { .init(key: $0.key, value: canonical($0.value)) })
        default: node
        }
    }

    /// Whether the arguments can be computed from the input's row alone: no subqueries, windows, aggregates or calls.
    private static func hasPlainArguments(_ call: SyntaxNode) -> Bool {
        func isPlain(_ node: SyntaxNode) -> Bool {
            switch node {
            case .array(let elements): return elements.allSatisfy(isPlain)
            case .object(let members):
                if ["SUBQUERY", "WINDOW", "LAMBDA_REF"].contains(node.name("class")) || isCall(node) { return false }
                if node.name("class") == "FUNCTION", aggregates.contains(node.name("function_name").lowercased()) {
                    return false
                }
                return members.allSatisfy { isPlain($0.value) }
            default: return true
            }
        }
        return (call["children"]?.elements ?? []).allSatisfy(isPlain)
    }
}
