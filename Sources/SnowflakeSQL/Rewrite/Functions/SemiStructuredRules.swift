import Types

/// Functions of VARIANT, OBJECT and ARRAY that take any number of arguments, or functions as arguments.
enum SemiStructuredRules {
    static let table: [String: FunctionRules.Rule] = [
        "OBJECT_CONSTRUCT": { try construct($0, keepNulls: false) },
        "OBJECT_CONSTRUCT_KEEP_NULL": { try construct($0, keepNulls: true) },
        "ARRAY_CONSTRUCT": { Rewriter.array($0.arguments.map(\.sql)) },
        "ARRAY_CONSTRUCT_COMPACT": { "sf_array_compact(\(Rewriter.array($0.arguments.map(\.sql))))" },
        "OBJECT_DELETE": { call in
            try call.expect(2...999)
            return "sf_object_delete(\(call[0]), [\(call.arguments.dropFirst().map(\.sql).joined(separator: ", "))])"
        },
        "OBJECT_PICK": { call in
            try call.expect(2...999)
            return "sf_object_pick(\(call[0]), [\(call.arguments.dropFirst().map(\.sql).joined(separator: ", "))])"
        },
        "FILTER": { call in
            try call.expect(2...2)
            return "list_filter(sf_array(\(call[0])), \(try lambda(call, 1)))"
        },
        "TRANSFORM": { call in
            try call.expect(2...2)
            return "sf_array(list_transform(sf_array(\(call[0])), \(try lambda(call, 1))))"
        },
    ]

    private static func construct(_ call: FunctionCall, keepNulls: Bool) throws -> String {
        guard call.count != 1 || call[0] != "*" else {
            throw call.unsupported("\(call.name)(*)", hint: "Name keys and columns: \(call.name)('A', A, 'B', B).")
        }
        guard call.count.isMultiple(of: 2) else {
            throw RegistryError(
                .unknownFunction,
                "Function \(call.name) takes keys and values in turn; \(call.count) arguments were given.",
                position: call.position)
        }
        return FunctionRules.objectConstruct(call.arguments.map(\.sql), keepNulls: keepNulls)
    }

    /// `x -> body` or `(x, y) -> body` as `lambda x: body`.
    private static func lambda(_ call: FunctionCall, _ index: Int) throws -> String {
        guard let arrow = call[index].firstRange(of: "->") else {
            throw RegistryError(
                .syntax, "Function \(call.name) takes a lambda: x -> expression.", position: call.position)
        }
        var names = call[index][..<arrow.lowerBound].drop { $0 == " " }
        while names.last == " " { names = names.dropLast() }
        if names.hasPrefix("("), names.hasSuffix(")") { names = names.dropFirst().dropLast() }
        // `x INT -> …`: the type says nothing here.
        let plain = names.split(separator: ",").map { $0.split(separator: " ").first.map(String.init) ?? "" }
        return "lambda \(plain.joined(separator: ", ")): \(call[index][arrow.upperBound...])"
    }
}
