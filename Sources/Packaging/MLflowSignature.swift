import Types

/// The signature of an MLflow model: columns or tensors in and out, and parameters.
///
/// Source: https://mlflow.org/docs/latest/ml/model/signatures, `mlflow.types.schema`.
package struct MLflowSignature: Hashable, Sendable {
    /// The type of a column's or parameter's value.
    package indirect enum ValueType: Hashable, Sendable {
        case scalar(Scalar)
        case array(ValueType)
        case object([Property])
        /// Keys are texts.
        case map(ValueType)
        case any
        /// An array of one element type. The first length is that of the batch; -1 fits any.
        case tensor(element: String, shape: [Int])
    }

    /// The types of single values, by MLflow's names.
    package enum Scalar: String, Hashable, Sendable, CaseIterable {
        case boolean
        /// 32 bits.
        case integer
        /// 64 bits.
        case long
        /// 32 bits.
        case float
        case double
        case string
        case binary
        case datetime
    }

    /// A member of an object.
    package struct Property: Hashable, Sendable {
        package let name: String
        package let type: ValueType
        package let isRequired: Bool
    }

    /// A column or tensor. Either all columns of a schema have names or none.
    package struct Column: Hashable, Sendable {
        package let name: String?
        package let type: ValueType
        package let isRequired: Bool
    }

    package struct Parameter: Hashable, Sendable {
        package let name: String
        /// A scalar or an object; with ``isList`` of each element.
        package let type: ValueType
        package let isList: Bool
        /// JSON text, `null` for none.
        package let defaultJSON: String
    }

    /// Nil where the signature says nothing.
    package let inputs: [Column]?
    package let outputs: [Column]?
    package let parameters: [Parameter]

    /// - Parameters: as the properties.
    package init(inputs: [Column]?, outputs: [Column]?, parameters: [Parameter]) {
        self.inputs = inputs
        self.outputs = outputs
        self.parameters = parameters
    }

    /// Reads the value of the key `signature`: a mapping of JSON texts.
    init(_ reader: YAMLReader) throws {
        inputs = try MLflowSignature.document("inputs", of: reader).map { try MLflowSignature.columns($0) }
        outputs = try MLflowSignature.document("outputs", of: reader).map { try MLflowSignature.columns($0) }
        parameters = try MLflowSignature.document("params", of: reader)?.list().map { try Parameter($0) } ?? []
        var seen: Set<String> = []
        for parameter in parameters where !seen.insert(parameter.name).inserted {
            throw try reader.required("params").fail("declares the parameter '\(parameter.name)' a second time")
        }
    }

    /// The JSON text under a key, parsed. A list that stands there as YAML is taken as well.
    private static func document(_ key: String, of reader: YAMLReader) throws -> YAMLReader? {
        guard let entry = try reader.optional(key) else { return nil }
        guard entry.isScalar else { return entry }
        let parsed = try entry.parsedJSON()
        return parsed.isNull ? nil : parsed
    }

    private static func columns(_ reader: YAMLReader) throws -> [Column] {
        let columns = try reader.list().map { try Column($0) }
        guard let first = columns.first else { return [] }
        for (column, place) in zip(columns, try reader.list()) {
            guard column.type.isTensor == first.type.isTensor else {
                throw place.fail("mixes columns and tensors; a schema has either")
            }
            guard (column.name == nil) == (first.name == nil) else {
                throw place.fail("mixes named and unnamed entries; either all have names or none")
            }
        }
        if first.type.isTensor, first.name == nil, columns.count > 1 {
            throw reader.fail("has \(columns.count) tensors without names; only a single one may have none")
        }
        var seen: Set<String> = []
        for (column, place) in zip(columns, try reader.list()) {
            if let name = column.name, !seen.insert(name).inserted {
                throw place.fail("declares '\(name)' a second time")
            }
        }
        return columns
    }
}

extension MLflowSignature.Column {
    init(_ reader: YAMLReader) throws {
        self.init(
            name: try reader.optionalString("name"), type: try MLflowSignature.ValueType(reader),
            isRequired: try reader.optional("required")?.bool() ?? true)
    }
}

extension MLflowSignature.Parameter {
    init(_ reader: YAMLReader) throws {
        let type = try MLflowSignature.ValueType(reader, key: reader.has("type") ? "type" : "dtype")
        switch type {
        case .scalar, .object: break
        default: throw reader.fail("is a parameter of a type that MLflow has for columns only")
        }
        let shape = try reader.optional("shape")
        if let shape, try shape.list().count != 1 { throw shape.fail("is neither null nor a list of one length") }
        self.init(
            name: try reader.required("name").string(), type: type, isList: shape != nil,
            defaultJSON: try reader.optional("default")?.json() ?? "null")
    }
}

extension MLflowSignature.ValueType {
    /// Whether the value is one of a tensor's schema.
    package var isTensor: Bool {
        if case .tensor = self { true } else { false }
    }

    init(_ reader: YAMLReader, key: String = "type", depth: Int = 0) throws {
        guard depth < 32 else { throw reader.fail("is nested too deeply") }
        // Old writers gave the elements of an array by their name alone.
        let type = reader.isScalar ? reader : try reader.required(key)
        let name = try type.string()
        switch name {
        case "array":
            self = .array(try MLflowSignature.ValueType(try reader.required("items"), depth: depth + 1))
        case "sparkml_vector", "sparkml vector": self = .array(.scalar(.double))
        case "map":
            self = .map(try MLflowSignature.ValueType(try reader.required("values"), depth: depth + 1))
        case "object":
            self = .object(
                try reader.required("properties").entries().map { entry in
                    MLflowSignature.Property(
                        name: entry.key, type: try MLflowSignature.ValueType(entry.value, depth: depth + 1),
                        isRequired: try entry.value.optional("required")?.bool() ?? true)
                })
        case "any": self = .any
        case "tensor":
            let spec = try reader.required("tensor-spec")
            let shape = try spec.required("shape").list().map { try $0.integer() }
            guard !shape.isEmpty, shape.allSatisfy({ $0 >= -1 }) else {
                throw try spec.required("shape").fail("is no list of lengths such as [-1, 4]")
            }
            self = .tensor(element: try spec.required("dtype").string(), shape: shape)
        default:
            guard let scalar = MLflowSignature.Scalar(rawValue: name) else {
                let nested = ["array", "object", "map", "any", "tensor"]
                let known = MLflowSignature.Scalar.allCases.map(\.rawValue) + nested
                throw type.fail("is '\(name)', an unknown type; MLflow has \(known.joined(separator: ", "))")
            }
            self = .scalar(scalar)
        }
    }
}
