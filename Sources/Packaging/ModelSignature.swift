package import Types

/// The inputs, outputs and parameters of a model's method, as `model.yaml` types them.
package struct ModelSignature: Hashable, Sendable {
    /// A column, a tensor or a group of columns.
    package struct Feature: Hashable, Sendable {
        package let name: String
        /// The element's type, nil for a group.
        package let dataType: DataType?
        /// Lengths by axis, -1 where any length fits; nil for a single value.
        package let shape: [Int]?
        package let isNullable: Bool
        /// The members of a group, else empty.
        package let members: [Feature]
        /// A parameter's default as JSON text, nil where none is given.
        package let defaultJSON: String?

        /// The type's name as a manifest writes it.
        package var typeName: String {
            if shape != nil { return "ARRAY" }
            return dataType?.typeName ?? "OBJECT"
        }

        /// The column of the method that carries the feature.
        package func field(named name: String? = nil) -> MethodField {
            MethodField(name: name ?? self.name, type: SQLType(parsing: typeName) ?? .variant, typeName: typeName)
        }
    }

    /// The element types of features. Source: `DataType` in snowflake-ml-python's signatures.
    package enum DataType: String, Hashable, Sendable, CaseIterable {
        case int8 = "INT8"
        case int16 = "INT16"
        case int32 = "INT32"
        case int64 = "INT64"
        case uint8 = "UINT8"
        case uint16 = "UINT16"
        case uint32 = "UINT32"
        case uint64 = "UINT64"
        case float = "FLOAT"
        case double = "DOUBLE"
        case bool = "BOOL"
        case string = "STRING"
        case bytes = "BYTES"
        case timestampNTZ = "TIMESTAMP_NTZ"
        case object = "OBJECT"

        var typeName: String {
            switch self {
            case .int8, .uint8: "BYTEINT"
            case .int16, .uint16: "SMALLINT"
            case .int32, .uint32: "INT"
            case .int64, .uint64: "BIGINT"
            case .float: "FLOAT"
            case .double: "DOUBLE"
            case .bool: "BOOLEAN"
            case .string: "STRING"
            case .bytes: "BINARY"
            case .timestampNTZ: "TIMESTAMP"
            case .object: "OBJECT"
            }
        }
    }

    package let inputs: [Feature]
    package let outputs: [Feature]
    /// Parameters by name, with their types; defaults come from the manifest.
    package let parameters: [Feature]

    init(_ reader: YAMLReader) throws {
        inputs = try reader.required("inputs").list().map { try ModelSignature.feature($0) }
        outputs = try reader.required("outputs").list().map { try ModelSignature.feature($0) }
        parameters = try reader.optional("params")?.list().map { try ModelSignature.feature($0) } ?? []
    }

    private static func feature(_ reader: YAMLReader, depth: Int = 0) throws -> Feature {
        let name = try reader.required("name").string()
        let shape = try reader.optional("shape")?.list().map { try $0.integer() }
        let isNullable = try reader.optional("nullable")?.bool() ?? true
        let standard = try reader.optional("default_value")?.json()
        if let members = try reader.optional("specs") {
            guard depth < 32 else { throw reader.fail("is nested too deeply") }
            return Feature(
                name: name, dataType: nil, shape: shape, isNullable: isNullable,
                members: try members.list().map { try feature($0, depth: depth + 1) }, defaultJSON: standard)
        }
        let type = try reader.optional("type") ?? reader.required("dtype")
        guard let dataType = DataType(rawValue: try type.string()) else {
            throw type.fail("is '\(try type.string())', an unknown data type")
        }
        return Feature(
            name: name, dataType: dataType, shape: shape, isNullable: isNullable, members: [], defaultJSON: standard)
    }
}
