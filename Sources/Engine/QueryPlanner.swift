import Access
import DuckDB
import Foundation
import SnowflakeSQL
import Synchronization
import Types

/// A query ready for DuckDB.
struct PlannedQuery: Sendable {
    /// Text whose tables are resolved and authorised and whose functions are all allowed.
    let sql: String
    /// The serialised query node, as it can stand in another tree.
    let node: SyntaxNode
}

/// From Snowflake's text to a query for DuckDB: rewrite the text, walk the tree, write it back.
///
/// ```
/// SELECT x:a::INT FROM t  ─rewrite→  SELECT CAST(X['a'] AS BIGINT) FROM T  ─tree→  … FROM "ML"."REGISTRY"."T"
/// ```
extension StatementContext {
    /// Deepest nesting of views in views.
    private static let viewDepth = 32

    /// Plans a query for DuckDB.
    ///
    /// - Parameters:
    ///   - flow: the results of the statements before it in a flow, nearest first.
    ///   - home: where names without a schema are looked up; nil for the session's schema.
    ///   - staged: the files that `FROM @stage` reads, where COPY reads one after the other.
    ///   - runsModels: false for a query that is only looked at, as CREATE VIEW does.
    /// - Throws: `RegistryError`: syntax, missing objects, unknown functions, missing privileges.
    func plan(
        _ text: SQLText, flow: [ScratchTable] = [], home: Namespace? = nil, staged: StagedFiles? = nil,
        runsModels: Bool = true
    ) throws -> PlannedQuery {
        try plan(
            text,
            PlanScope(
                authority: principal, home: home, flow: flow, staged: staged,
                runsModels: runsModels && !request.describeOnly))
    }

    private func plan(_ text: SQLText, _ scope: PlanScope) throws -> PlannedQuery {
        var context = rewriteContext
        context.flowTables = scope.flow.indices.map { "ROOST_FLOW_\($0 + 1)" }
        let rewritten = try QueryRewriter().rewrite(text, context: context)
        let root = try serialise(rewritten.sql, source: text)
        let calls = try rewritten.modelCalls.map { try bind($0, scope) }
        let tableCalls = try rewritten.tableCalls.map { try bind($0, scope) }
        var rewriter = TreeRewriter(
            table: { [self] name in try table(name, in: rewritten, scope) },
            call: { [self] index, arguments, location in
                guard calls.indices.contains(index),
                    arguments.count == rewritten.modelCalls[index].argumentTexts.count
                else {
                    throw RegistryError(.unknownFunction, "Unknown function ROOST_CALL_\(index).")
                }
                return try callNode(calls[index], arguments: arguments, location: location)
            },
            tableCall: { [self] index, arguments, reference in
                guard tableCalls.indices.contains(index) else {
                    throw RegistryError(.unknownFunction, "Unknown table function ROOST_TABLE_\(index).")
                }
                return try tableNode(tableCalls[index], arguments: arguments, reference: reference)
            },
            columns: { [self] star, from, definitions in try columns(of: star, over: from, definitions) },
            system: { [self] name, arguments in
                try trusted("SELECT \(try systemFunction(name, arguments))")["select_list"]?.elements.first ?? .null
            })
        var statement = try rewriter.rewrite(root)
        if !calls.isEmpty || !tableCalls.isEmpty, scope.runsModels {
            // What DuckDB can't bind is refused before any model runs.
            _ = try connection.prepare(try deserialise(statement))
            if !tableCalls.isEmpty { statement = try TableCallGatherer(context: self).gather(statement) }
            if !calls.isEmpty { statement = try BatchGatherer(context: self).gather(statement) }
        }
        let sql = rewriter.changed ? try deserialise(statement) : rewritten.sql
        return PlannedQuery(sql: sql, node: statement["node"] ?? .null)
    }

    // MARK: DuckDB's serialised tree

    /// The tree of a query's single statement: `{"node": …, "named_param_map": …}`.
    ///
    /// - Throws: `syntax` with the position in the user's text.
    func serialise(_ sql: String, source: SQLText?) throws -> SyntaxNode {
        if let known = engine.syntaxTrees.tree(of: sql) { return known }
        let json = try session.syntaxTrees.serialise(sql)
        let answer = try SyntaxNode(parsing: json.utf8)
        if answer["error"] == .bool(true) {
            throw SyntaxErrorText.explain(
                answer.name("error_message"), offset: Int(answer.name("position")), rewritten: sql, source: source)
        }
        guard let statements = answer["statements"]?.elements, statements.count == 1 else {
            throw RegistryError(
                .unsupported, "A request holds one statement; this one holds several.",
                hint: "Send the statements one by one.")
        }
        engine.syntaxTrees.keep(statements[0], of: sql)
        return statements[0]
    }

    func deserialise(_ statement: SyntaxNode) throws -> String {
        let tree = SyntaxNode.make(["error": .bool(false), "statements": .array([statement.writable])])
        return try session.syntaxTrees.deserialise(tree.json)
    }

    // MARK: Tables

    /// What a table name in a query means, after asking whether the role may read it.
    private func table(_ name: PartialName, in query: RewrittenQuery, _ scope: PlanScope) throws -> TableTarget {
        if name.parts.count == 1, let placeholder = Placeholder(name.last.name) {
            return try self.placeholder(placeholder, in: query, scope)
        }
        if let view = InformationSchemaView(name, currentDatabase: scope.home?.database ?? session.summary.database) {
            return try scratch(informationSchema(view)).target
        }
        let full = try fullName(name, kind: "object", home: scope.home)
        // A stored view never means the reader's temporary objects: they would act with its owner's privileges.
        if !scope.isStoredView, let temporary = session.temporary(full) {
            switch temporary {
            case .table(let physical, _, _): return .table(catalog: "temp", schema: "main", name: physical)
            case .view(let text, let columns, _): return try expand(text, columns, scope.inside(full.namespace))
            }
        }
        let object = try storedTable(full, for: .selectFromTable, as: scope.authority)
        guard let view = object.view else {
            return .table(catalog: object.catalog, schema: full.schema.name, name: full.name.name)
        }
        // A view reads what its owner may read.
        return try expand(
            view.text, view.columns, scope.inside(full.namespace, as: .owner(view.owner)))
    }

    /// A view's query in the place of its name, its columns named as the view says.
    private func expand(_ text: String, _ columns: [Identifier], _ scope: PlanScope) throws -> TableTarget {
        guard scope.depth <= StatementContext.viewDepth else {
            throw RegistryError(.limitExceeded, "Views are nested more than \(StatementContext.viewDepth) deep.")
        }
        let planned = try plan(try SQLText(parsing: text), scope)
        let names = columns.map(\.quoted).joined(separator: ", ")
        return .query(node: try trusted("SELECT * FROM (\(planned.sql)) v(\(names))"))
    }

    /// The node of a query of the engine's own making.
    func trusted(_ sql: String) throws -> SyntaxNode {
        guard let node = try serialise(sql, source: nil)["node"] else {
            throw RegistryError(.internal, "The engine's own query has no node.")
        }
        return node
    }

    private func placeholder(_ placeholder: Placeholder, in query: RewrittenQuery, _ scope: PlanScope) throws
        -> TableTarget
    {
        // A user may write such a name, too: where the rewriter put none, it names nothing.
        func at<Value>(_ index: Int, of all: [Value]) throws -> Value {
            guard all.indices.contains(index) else {
                throw RegistryError(.notFound, "A name that starts with ROOST_ is reserved and names no table.")
            }
            return all[index]
        }
        switch placeholder {
        case .stage(let index):
            return .query(node: try stagedRows(try at(index, of: query.stageReferences), given: scope.staged))
        case .tableFunction(let index): return try tableFunction(try at(index, of: query.tableFunctions))
        case .flow(let index):
            guard scope.flow.indices.contains(index - 1) else {
                throw RegistryError(.invalidArgument, "$\(index) names no earlier statement of the flow.")
            }
            return scope.flow[index - 1].target
        }
    }
}

/// Where and as whom a query is planned.
struct PlanScope: Sendable {
    /// Whose privileges count: the session's, or a view's owner's.
    var authority: Principal
    /// Where names without a schema are looked up; nil for the session's schema.
    var home: Namespace?
    var flow: [ScratchTable] = []
    /// The files that `FROM @stage` reads; nil for those of the reference.
    var staged: StagedFiles?
    /// Whether models may run while planning: not for a query that is only looked at.
    var runsModels = true
    /// How many views deep.
    var depth = 0
    /// Whether the query is a stored view's, which acts for its owner.
    var isStoredView = false

    /// The scope of a view's query.
    func inside(_ home: Namespace, as owner: Principal? = nil) -> PlanScope {
        PlanScope(
            authority: owner ?? authority, home: home, runsModels: runsModels, depth: depth + 1, isStoredView: isStoredView || owner != nil)
    }
}

/// The names that the rewriter puts where a table stands that DuckDB does not know.
private enum Placeholder {
    case stage(Int)
    case tableFunction(Int)
    case flow(Int)

    init?(_ name: String) {
        func number(_ prefix: String) -> Int? { name.hasPrefix(prefix) ? Int(name.dropFirst(prefix.count)) : nil }
        if let index = number("ROOST_STAGE_") {
            self = .stage(index)
        } else if let index = number("ROOST_TABLEFN_") {
            self = .tableFunction(index)
        } else if let index = number("ROOST_FLOW_") {
            self = .flow(index)
        } else {
            return nil
        }
    }
}
