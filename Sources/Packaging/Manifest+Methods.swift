import Types

extension Manifest {
    static func method(_ reader: YAMLReader, runtimes: [String: Runtime], limits: PackageLimits) throws -> Method {
        let name = try identifier(try reader.required("name"))
        let kindReader = try reader.required("type")
        guard let kind = MethodSignature.Kind(rawValue: try kindReader.string().uppercased()) else {
            throw kindReader.fail("is '\(try kindReader.string())', which is neither FUNCTION nor TABLE_FUNCTION")
        }
        let runtime = try reader.required("runtime")
        guard runtimes[try runtime.string()] != nil else {
            throw runtime.fail("names the runtime '\(try runtime.string())', which 'runtimes' does not hold")
        }
        let handler = try reader.required("handler")
        let parts = try handler.string().split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 2, parts.allSatisfy({ !$0.isEmpty && !$0.contains("/") }) else {
            throw handler.fail("is not a dotted path such as functions.predict.infer")
        }
        let inputs = try reader.optional("inputs")?.list().map { try field($0) } ?? []
        let parameters =
            try reader.optional("params")?.list().map { entry -> MethodParameter in
                let isGiven = entry.has("default")
                return MethodParameter(
                    field: try field(entry), defaultSQL: try entry.optionalString("default") ?? (isGiven ? "NULL" : nil)
                )
            } ?? []
        try PackageLimits.check(
            inputs.count + parameters.count, "arguments in the method \(name)", atMost: limits.arguments,
            setting: "limit-arguments-per-method")
        var seen: Set<String> = []
        for field in inputs + parameters.map(\.field) where !seen.insert(field.name).inserted {
            throw reader.fail("declares the argument '\(field.name)' a second time")
        }
        return Method(
            name: name, kind: kind, handler: try handler.string(), runtime: try runtime.string(), inputs: inputs,
            parameters: parameters, outputs: try outputs(reader, kind: kind),
            isImmutable: try isImmutable(reader), handlerFile: parts.dropLast().joined(separator: "/") + ".py",
            target: parts[parts.count - 2])
    }

    /// The manifest holds names already resolved. A hand-written one may quote them as SQL does.
    private static func identifier(_ reader: YAMLReader) throws -> Identifier {
        let text = try reader.string()
        do {
            if text.count > 1, text.hasPrefix("\""), text.hasSuffix("\"") { return try Identifier(parsing: text) }
            return try Identifier(parsing: Identifier(resolved: text).quoted)
        } catch let error as RegistryError {
            throw reader.fail("is not a name (\(error.message))")
        }
    }

    private static func field(_ reader: YAMLReader) throws -> MethodField {
        let name = try identifier(try reader.required("name")).name
        return try typed(name, reader)
    }

    private static func typed(_ name: String, _ reader: YAMLReader) throws -> MethodField {
        let type = try reader.required("type")
        let typeName = try type.string()
        guard let parsed = SQLType(parsing: typeName) else { throw type.fail("is '\(typeName)', an unknown type") }
        return MethodField(name: name, type: parsed, typeName: typeName.uppercased())
    }

    private static func outputs(_ reader: YAMLReader, kind: MethodSignature.Kind) throws -> [MethodField] {
        let list = try reader.required("outputs")
        let entries = try list.list()
        switch kind {
        case .function:
            guard entries.count == 1 else {
                throw list.fail("has \(entries.count) entries; a FUNCTION has one")
            }
            return try entries.map { try typed(try $0.optionalString("name") ?? "", $0) }
        case .tableFunction:
            guard !entries.isEmpty else { throw list.fail("is empty; a TABLE_FUNCTION has at least one") }
            let fields = try entries.map { try field($0) }
            var seen: Set<String> = []
            for field in fields where !seen.insert(field.name).inserted {
                throw list.fail("declares '\(field.name)' a second time")
            }
            return fields
        }
    }

    private static func isImmutable(_ reader: YAMLReader) throws -> Bool {
        guard let volatility = try reader.optional("volatility") else { return false }
        switch try volatility.string().uppercased() {
        case "IMMUTABLE": return true
        case "VOLATILE": return false
        default: throw volatility.fail("is '\(try volatility.string())', which is neither IMMUTABLE nor VOLATILE")
        }
    }
}
