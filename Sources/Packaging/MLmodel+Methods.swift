package import Types

/// The methods of an MLflow model as SQL sees them.
extension MLmodel {
    /// The path that stands for MLflow's own runner instead of a file of the package.
    ///
    /// Must agree with `Inference/Python/mlflow_handler.py`.
    package static let handler = "roost.mlflow"

    /// The name of the one input of a model without a signature.
    package static let looseInput = "INPUT"

    /// `PREDICT`, and `PREDICT_STREAM` for a model that answers in parts: the parts of each row come as one ARRAY.
    package func methods(limits: PackageLimits) throws -> [MethodSignature] {
        let outputs = signature?.outputs?.enumerated().map { index, column in
            column.type.field(named: column.name ?? "output_feature_\(index)")
        }
        var methods = [method("PREDICT", target: "predict", outputs: outputs ?? [], limits: limits)]
        if pythonFunction?.isStreamable == true {
            let chunks = MethodField(name: "output_feature_0", type: .array, typeName: "ARRAY")
            methods.append(method("PREDICT_STREAM", target: "predict_stream", outputs: [chunks], limits: limits))
        }
        return methods
    }

    private func method(
        _ name: String, target: String, outputs: [MethodField], limits: PackageLimits
    ) -> MethodSignature {
        guard let columns = signature?.inputs, !columns.isEmpty else {
            let input = MethodField(name: MLmodel.looseInput, type: .variant, typeName: "VARIANT")
            return MethodSignature(
                name: Identifier(resolved: name), kind: .function, handler: "\(MLmodel.handler).\(target)",
                inputs: [input], parameters: sqlParameters([input.name]), outputs: outputs)
        }
        let names = inputNames
        let inputs = zip(columns, names).map { $0.type.field(named: $1) }
        let parameters = sqlParameters(names)
        let isWide = inputs.count > 1 && inputs.count + parameters.count > limits.arguments
        let optional = zip(columns, names).filter { !$0.0.isRequired }.map(\.1)
        return MethodSignature(
            name: Identifier(resolved: name), kind: .function, handler: "\(MLmodel.handler).\(target)",
            inputs: inputs, parameters: parameters, outputs: outputs, isWide: isWide,
            optionalInputs: isWide || optional.isEmpty ? nil : optional)
    }

    /// The inputs' names in SQL: plain ones folded as Snowflake does, unless two would become one.
    private var inputNames: [String] {
        let names = (signature?.inputs ?? []).enumerated().map { $1.name ?? "input_feature_\($0)" }
        let folded = names.map(MLmodel.folded)
        return Set(folded).count == names.count ? folded : names
    }

    private static func folded(_ name: String) -> String { (try? Identifier(parsing: name).name) ?? name }

    /// The parameters' names beside those of the inputs: one that is taken, in whatever case, is told apart by a suffix.
    package func parameterNames(beside inputs: [String]) -> [String] {
        var taken = Set(inputs.map { $0.uppercased() })
        return (signature?.parameters ?? []).map { parameter in
            var name = parameter.name
            while !taken.insert(name.uppercased()).inserted { name += "_param" }
            return name
        }
    }

    private func sqlParameters(_ inputs: [String]) -> [MethodParameter] {
        zip(signature?.parameters ?? [], parameterNames(beside: inputs)).map { parameter, name in
            let type = parameter.isList ? MLflowSignature.ValueType.array(parameter.type) : parameter.type
            return MethodParameter(
                field: type.field(named: MLmodel.folded(name)), defaultSQL: parameter.defaultSQL)
        }
    }
}

extension MLflowSignature.ValueType {
    /// The type of the column that carries such values, as a manifest names it.
    var typeName: String {
        switch self {
        case .scalar(let scalar):
            switch scalar {
            case .boolean: "BOOLEAN"
            case .integer: "INTEGER"
            case .long: "BIGINT"
            case .float: "FLOAT"
            case .double: "DOUBLE"
            case .string: "STRING"
            case .binary: "BINARY"
            case .datetime: "TIMESTAMP_NTZ"
            }
        case .array: "ARRAY"
        case .object, .map: "OBJECT"
        case .any: "VARIANT"
        case .tensor(let element, let shape):
            shape.count > 1 ? "ARRAY" : ModelSignature.DataType(tensorElement: element)?.typeName ?? "VARIANT"
        }
    }

    func field(named name: String) -> MethodField {
        MethodField(name: name, type: SQLType(parsing: typeName) ?? .variant, typeName: typeName)
    }
}

extension ModelSignature.DataType {
    /// The type of a tensor's elements by numpy's name; nil for objects and what has no column type.
    init?(tensorElement name: String) {
        switch name {
        case "bool": self = .bool
        case "int8": self = .int8
        case "int16": self = .int16
        case "int32": self = .int32
        case "int64": self = .int64
        case "uint8": self = .uint8
        case "uint16": self = .uint16
        case "uint32": self = .uint32
        case "uint64": self = .uint64
        case "float16", "float32": self = .float
        case "float64", "longdouble", "float128": self = .double
        case "str": self = .string
        case "bytes": self = .bytes
        case _ where name.hasPrefix("datetime64"): self = .timestampNTZ
        case _ where name.hasPrefix("str"): self = .string
        case _ where name.hasPrefix("bytes"): self = .bytes
        default: return nil
        }
    }
}
