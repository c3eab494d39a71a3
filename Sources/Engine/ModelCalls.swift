import DuckDB
import Foundation
import Inference
import Packaging
import Registry
import SnowflakeSQL
import Synchronization
import Types

/// A model call of a query, bound to a version's method.
struct BoundCall: Sendable {
    let call: ModelCall
    let signature: MethodSignature
    let handle: Int64
    /// The model and version for messages.
    let label: String

    var position: RegistryError.Position { call.position }
}

/// A method of a version.
struct MethodKey: Hashable, Sendable {
    let versionID: Int64
    let method: Identifier
}

extension EnvironmentSpec {
    /// What the package asks for, as the runtime takes it, where it can be installed.
    ///
    /// - Throws: `failedPrecondition` for lines that name nothing that can be installed here.
    init(_ specification: EnvironmentSpecification, label: String) throws {
        if let refused = specification.refused?.first {
            throw RegistryError(
                .failedPrecondition,
                "Model \(label) can't run here: it requires '\(refused.prefix(200))', which is no package name with "
                    + "version limits.",
                hint: "Only packages of the index are installed. Log the model again with requirements of that form.")
        }
        self.init(specification)
    }
}

extension StatementContext {
    /// Finds the version and the method that a call means and checks its arguments against the signature.
    ///
    /// - Throws: `missing` for the model or version, `unknownFunction` for the method, its arguments' names or their number.
    func bind(_ call: ModelCall, _ scope: PlanScope) throws -> BoundCall {
        let name = try fullName(call.model, kind: "model", home: scope.home)
        let version = try engine.registry.versionForInference(call.version, of: name, as: scope.authority)
        let label = "\(name) version \(version.name)"
        guard version.runnableIn.contains("WAREHOUSE") else {
            if let missing = version.attributes["missing_runtime"] {
                throw RegistryError(
                    .failedPrecondition, "Model \(label) can't run here: \(missing).",
                    hint: "Its files can be read and downloaded.", position: call.position)
            }
            throw RegistryError(
                .failedPrecondition,
                "Model \(label) can't run in a warehouse: it was logged for \(version.runnableIn.joined(separator: ", ")).",
                hint: "Log it with target_platforms=[\"WAREHOUSE\"].", position: call.position)
        }
        guard let signature = version.method(call.method) else {
            let known = version.methods.map(\.name.description)
            throw RegistryError(
                .unknownFunction,
                "Unknown method '\(call.method)' of model \(label): it has \(known.joined(separator: ", ")).",
                hint: RegistryError.nearMiss(call.method.name, known), position: call.position)
        }
        try checkKind(signature, of: call, "MODEL(\(name), \(version.name))", label)
        if !call.argumentTexts.contains(where: StatementContext.isStar) {
            _ = try StatementContext.places(call.argumentNames, of: call, in: signature, label: label)
        }
        let key = MethodKey(versionID: version.id, method: signature.name)
        let warehouse = try warehouseLease()
        warehouse?.gate.note(version: version.id)
        let handle = try pinnedHandle(key) {
            PinnedMethod(signature: signature, cancellation: cancellation, warehouse: warehouse) {
                [runtime = engine.runtime, registry = engine.registry, version, label] in
                try runtime.load(
                    LoadRequest(
                        versionID: version.id, versionDirectory: try registry.materializedTree(version.id),
                        environment: try EnvironmentSpec(version.environment, label: label), method: signature))
            }
        }
        return BoundCall(call: call, signature: signature, handle: handle, label: label)
    }

    /// A method of the kind FUNCTION is called in the select list, a TABLE_FUNCTION in FROM.
    private func checkKind(
        _ signature: MethodSignature, of call: ModelCall, _ target: String, _ label: String
    ) throws {
        guard (signature.kind == .tableFunction) != call.isTableFunction else { return }
        throw RegistryError(
            .unknownFunction,
            call.isTableFunction
                ? "Method '\(signature.name)' of model \(label) is no table function."
                : "Method '\(signature.name)' of model \(label) is a table function.",
            hint: call.isTableFunction
                ? "Call it in the select list: SELECT \(target)!\(signature.name)(…) FROM …"
                : "Call it in FROM: SELECT … FROM t, TABLE(\(target)!\(signature.name)(…))",
            position: call.position)
    }

    /// Whether an argument stands for all columns.
    private static func isStar(_ text: String) -> Bool { text.hasPrefix("COLUMNS(") }

    /// The handle of a method in this statement: equal calls must stay equal to DuckDB, in GROUP BY above all.
    private func pinnedHandle(_ key: MethodKey, make: () -> PinnedMethod) throws -> Int64 {
        if let known = handles.withLock({ $0[key] }) { return known }
        let handle = engine.methods.pin(make())
        let methods = engine.methods
        afterwards { methods.unpin(handle) }
        handles.withLock { $0[key] = handle }
        return handle
    }

    /// Which argument fills which place: inputs by position or name, then parameters by position or name.
    private static func places(
        _ given: [Identifier?], of call: ModelCall, in signature: MethodSignature, label: String
    ) throws -> [Int?] {
        let inputs = signature.isWide ? ["INPUT"] : signature.inputs.map(\.name)
        let names = inputs + signature.parameters.map(\.field.name)
        let expected = names.count == inputs.count ? "\(inputs.count)" : "\(inputs.count) to \(names.count)"
        func wrong(_ text: String, hint: String? = nil) -> RegistryError {
            RegistryError(
                .unknownFunction, "Invalid arguments for method '\(signature.name)' of model \(label): \(text)",
                hint: hint ?? "It takes (\(names.joined(separator: ", "))).", position: call.position)
        }
        var places = [Int?](repeating: nil, count: names.count)
        var sawName = false
        for (index, argument) in given.enumerated() {
            guard let argument else {
                guard !sawName else { throw wrong("a positional argument follows a named one.") }
                guard index < names.count else {
                    throw wrong("\(given.count) arguments are given, \(expected) are expected.")
                }
                places[index] = index
                continue
            }
            sawName = true
            guard
                let place = names.firstIndex(of: argument.name)
                    ?? names.firstIndex(where: { $0.uppercased() == argument.name.uppercased() })
            else {
                throw wrong("there is no argument '\(argument)'.", hint: RegistryError.nearMiss(argument.name, names))
            }
            guard places[place] == nil else { throw wrong("argument '\(argument)' is given twice.") }
            places[place] = index
        }
        for (place, name) in inputs.enumerated()
        where places[place] == nil && !(sawName && signature.optionalInputs?.contains(name) == true) {
            guard sawName else {
                throw wrong("\(given.count) arguments are given, \(expected) are expected.")
            }
            throw wrong("argument '\(name)' is missing.")
        }
        for (offset, parameter) in signature.parameters.enumerated()
        where places[inputs.count + offset] == nil && parameter.defaultSQL == nil {
            throw wrong("parameter '\(parameter.field.name)' has no default and must be given.")
        }
        return places
    }

    /// The call as a node of the tree: the function of the method's shape, the handle, and the arguments cast to their types.
    func callNode(_ call: BoundCall, arguments: [SyntaxNode], location: SyntaxNode) throws -> SyntaxNode {
        let function = try engine.methods.functionName(for: call.signature)
        var result = try expression("\(function)()")
        result["children"] = .array([try expression("\(call.handle)::BIGINT")] + (try self.arguments(of: call, arguments)))
        result["query_location"] = location
        return result
    }

    /// What goes to the method: one node for each input, then each parameter, cast to its type.
    func arguments(of call: BoundCall, _ given: [SyntaxNode]) throws -> [SyntaxNode] {
        let (names, nodes) = try StatementContext.starsExpanded(given, of: call)
        let places = try StatementContext.places(names, of: call.call, in: call.signature, label: call.label)
        let inputs = call.signature.isWide ? 1 : call.signature.inputs.count
        return try places.enumerated().map { place, source in
            let isParameter = place >= inputs
            let field =
                isParameter
                ? call.signature.parameters[place - inputs].field
                : call.signature.isWide
                    ? MethodField(name: "INPUT", type: .object, typeName: "OBJECT") : call.signature.inputs[place]
            var node: SyntaxNode
            if let source {
                node = nodes[source]
            } else {
                // An optional input that was left out is NULL.
                let text = isParameter ? call.signature.parameters[place - inputs].defaultSQL ?? "NULL" : "NULL"
                node = try defaultNode(text)
            }
            node["alias"] = .string("")  // to a macro, an argument with an alias is one by name
            try StatementContext.check(node, fits: field, call: call)
            return try cast(node, to: ColumnKind(field.type))
        }
    }

    /// The arguments with the columns of `*` in its place: by name where the columns have the names of all inputs, else
    /// by place.
    private static func starsExpanded(
        _ given: [SyntaxNode], of call: BoundCall
    ) throws -> (names: [Identifier?], nodes: [SyntaxNode]) {
        var names: [Identifier?] = []
        var nodes: [SyntaxNode] = []
        for (name, node) in zip(call.call.argumentNames, given) {
            guard case .array(let columns) = node else {
                names.append(name)
                nodes.append(node)
                continue
            }
            guard name == nil else {
                throw RegistryError(
                    .invalidArgument, "'*' stands for several columns and can't be the argument \(name ?? Identifier(resolved: "*")).",
                    position: call.position)
            }
            let named = try inputColumns(columns, of: call.signature)
            for (index, column) in (named ?? columns).enumerated() {
                names.append(named == nil ? nil : Identifier(resolved: call.signature.inputs[index].name))
                nodes.append(column)
            }
        }
        return (names, nodes)
    }

    /// The columns that have the inputs' names, in the inputs' order; nil where one is missing.
    private static func inputColumns(_ columns: [SyntaxNode], of signature: MethodSignature) throws -> [SyntaxNode]? {
        guard !signature.isWide else { return nil }
        let names = columns.map { $0["column_names"]?.elements.last?.text ?? "" }
        var found: [SyntaxNode] = []
        for input in signature.inputs {
            let near = names.indices.filter { names[$0].uppercased() == input.name.uppercased() }
            guard let index = names.firstIndex(of: input.name) ?? (near.count == 1 ? near[0] : nil) else { return nil }
            found.append(columns[index])
        }
        return found
    }

    /// The columns that a star means over a FROM clause.
    func columns(of star: SyntaxNode, over from: SyntaxNode, _ definitions: [SyntaxNode]) throws -> [SyntaxNode] {
        var item = star
        item["columns"] = .bool(false)
        var select = try trusted("SELECT * FROM x")
        select["select_list"] = .array([item])
        select["from_table"] = from
        select["cte_map"] = .make(["map": .array(definitions)])
        let sql = try deserialise(.make(["node": select, "named_param_map": .array([])]))
        let reference = try expression("x")
        let relation = star.name("relation_name")
        return try connection.prepare(sql).columns.map { column in
            var node = reference
            node["column_names"] = .array((relation.isEmpty ? [] : [.string(relation)]) + [.string(column.name)])
            return node
        }
    }

    /// A literal that can't be of the type is refused before anything runs; what columns hold shows at run time.
    private static func check(_ node: SyntaxNode, fits field: MethodField, call: BoundCall) throws {
        guard node.name("class") == "CONSTANT", let value = node["value"], let id = value["type"]?.name("id"),
            value["is_null"] != .bool(true)
        else { return }
        let text = id == "VARCHAR" ? value["value"]?.text : nil
        let fits: Bool
        switch (field.type, text) {
        case (.fixed, let text?), (.real, let text?): fits = Double(text) != nil
        case (.boolean, let text?):
            fits = ["true", "false", "t", "f", "1", "0", "yes", "no"].contains(text.lowercased())
        case (.array, _), (.object, _): fits = false
        default: fits = true
        }
        guard fits else {
            throw RegistryError(
                .invalidArgument,
                "Argument '\(field.name)' of method '\(call.signature.name)' is a \(text == nil ? "number" : "text"): "
                    + "\(field.typeName) is expected.",
                position: call.position)
        }
    }

    /// Converts an argument as a cast in SQL does; ARRAY, OBJECT and VARIANT travel as JSON.
    private func cast(_ node: SyntaxNode, to kind: ColumnKind) throws -> SyntaxNode {
        let functions: [ColumnKind: String] = [.json: "to_json", .text: "sf_varchar", .binary: "sf_binary"]
        if let function = functions[kind] {
            var call = try expression("\(function)(NULL)")
            call["children"] = .array([node])
            return call
        }
        var result = try expression("CAST(NULL AS \(kind.duckType.sqlName))")
        result["child"] = node
        return result
    }

    /// A parameter's default: Snowflake's text as the manifest has it.
    private func defaultNode(_ text: String) throws -> SyntaxNode {
        let expression = try SQLText(parsing: "SELECT \(text)")
        try requireNoCalls(expression)
        let planned = try plan(expression)
        guard let items = planned.node["select_list"]?.elements, items.count == 1,
            planned.node["from_table"]?.name("type") == "EMPTY", !items[0].holdsQuery
        else {
            throw RegistryError(
                .invalidPackage, "A parameter's default '\(text.prefix(100))' is no SQL expression without a query.")
        }
        return items[0]
    }

    /// Refuses calls of models in a default value: it is computed where nobody looks, perhaps by the model itself.
    func requireNoCalls(_ text: SQLText) throws {
        let rewritten = try QueryRewriter().rewrite(text, context: rewriteContext)
        guard rewritten.modelCalls.isEmpty, rewritten.tableCalls.isEmpty, rewritten.stageReferences.isEmpty else {
            throw RegistryError(
                .invalidArgument, "A default value must not call a model or read a stage.", position: text.position)
        }
    }

    /// The node of an expression of the engine's own.
    func expression(_ sql: String) throws -> SyntaxNode {
        guard var node = try trusted("SELECT \(sql)")["select_list"]?.elements.first else {
            throw RegistryError(.internal, "The engine's own expression has no node.")
        }
        node["alias"] = .string("")
        return node
    }
}
