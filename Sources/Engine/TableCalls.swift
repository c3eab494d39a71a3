import DuckDB
import Inference
import SnowflakeSQL
import Synchronization
import Types

/// A call of a model's table function, as it waits in a query's tree until the rows that it takes are there.
struct TableCall: Sendable {
    let bound: BoundCall
    /// Inputs and parameters.
    let argumentCount: Int
    let partitionCount: Int
    /// ORDER BY inside OVER: `DESC NULLS LAST` or less for each expression.
    let orderDirections: [String]

    var signature: MethodSignature { bound.signature }

    /// The outputs' names as columns, in order.
    var outputNames: [String] { signature.outputs.map(\.name) }
}

extension TableCall {
    /// What the alias of a call's arguments begins with.
    static let aliasPrefix = "roost_table_arguments_"
    /// What the alias of a call without an alias of the user's ends with.
    static let rowsSuffix = "_rows"
}

/// A model's table function stands in the tree as a lateral subquery that DuckDB can bind and can't run:
///
/// ```
/// TABLE(m!f(A, B) OVER (PARTITION BY G))
///   → (SELECT CAST(error('…') AS DOUBLE) AS "TOTAL" FROM (SELECT CAST(A AS DOUBLE), CAST(B AS DOUBLE), G) AS marker)
/// ```
///
/// So the columns of a query and the types of the arguments are known without running anything, and what does not exist
/// is refused by DuckDB's own binder. ``TableCallGatherer`` puts the rows in its place before the query runs.
extension StatementContext {
    /// The table for a call.
    ///
    /// - Parameters:
    ///   - arguments: the call's arguments, then the expressions of PARTITION BY and of ORDER BY.
    ///   - reference: the placeholder's node, which knows the alias.
    func tableNode(_ bound: BoundCall, arguments: [SyntaxNode], reference: SyntaxNode) throws -> SyntaxNode {
        let partitions = bound.call.partitionBy?.count ?? 0
        let orders = bound.call.orderBy.count
        guard arguments.count == bound.call.argumentTexts.count + partitions + orders else {
            throw RegistryError(.unknownFunction, "Unknown table function ROOST_TABLE_\(bound.call.index).")
        }
        guard (reference["sample"] ?? .null) == .null else {
            throw RegistryError(
                .unsupported, "SAMPLE of a table function of a model is not supported.",
                hint: "Sample the table that it reads, or the rows of a subquery around it.", position: bound.position)
        }
        let given = Array(arguments.dropLast(partitions + orders))
        let values = try self.arguments(of: bound, given)
        let call = TableCall(
            bound: bound, argumentCount: values.count, partitionCount: partitions,
            orderDirections: bound.call.orderBy.map(\.direction))
        let marker = remember(call)

        let failure = "error('A table function was not run.')"
        let outputs = bound.signature.outputs.map {
            "CAST(\(failure) AS \(ColumnKind($0.type).duckType.sqlName)) AS \(Identifier(resolved: $0.name).quoted)"
        }
        let extra = arguments.suffix(partitions + orders)
        let items = (values + extra).isEmpty ? [try expression("1")] : values + extra
        var inner = try trusted("SELECT 1")
        inner["select_list"] = .array(
            items.enumerated().map { index, item in
                var item = item
                item["alias"] = .string("\(TableCall.aliasPrefix)c\(index)")
                return item
            })
        var outer = try trusted("SELECT \(outputs.joined(separator: ", ")) FROM (SELECT 1) AS x")
        outer["from_table"]?["alias"] = .string(marker)
        outer["from_table"]?["subquery"]?["node"] = inner
        let alias = reference.name("alias")
        return .make([
            "type": .string("SUBQUERY"), "alias": .string(alias.isEmpty ? marker + TableCall.rowsSuffix : alias),
            "sample": .null, "query_location": reference["query_location"] ?? .number("0"),
            "subquery": .make(["node": outer, "named_param_map": .array([])]),
            "column_name_alias": reference["column_name_alias"] ?? .array([]),
        ])
    }

    private func remember(_ call: TableCall) -> String {
        tableCalls.withLock { calls in
            let marker = "\(TableCall.aliasPrefix)\(calls.count)"
            calls[marker] = call
            return marker
        }
    }

    /// The call that a table in FROM stands for and the expressions that it takes; nil for any other table.
    func tableCall(_ node: SyntaxNode) -> (call: TableCall, items: [SyntaxNode])? {
        guard node.name("type") == "SUBQUERY", let from = node["subquery"]?["node"]?["from_table"] else { return nil }
        let marker = from.name("alias")
        guard marker.hasPrefix(TableCall.aliasPrefix), let call = tableCalls.withLock({ $0[marker] }) else { return nil }
        let items = from["subquery"]?["node"]?["select_list"]?.elements ?? []
        guard items.count >= call.argumentCount + call.partitionCount + call.orderDirections.count else { return nil }
        return (call, items)
    }
}
