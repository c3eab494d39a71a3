import Foundation
import Types

/// The description that snowflake-ml-python wants of any version: a `model.yaml`, made from the `MLmodel` file.
///
/// The types are those of the client's own `ModelSignature.from_mlflow_sig`; what that refuses is typed here too.
/// Source: `model_meta_schema` of snowflake-ml-python.
extension MLmodel {
    /// The text of a `model.yaml` with the signatures of ``methods(limits:)``.
    ///
    /// - Parameter name: the model's name in it.
    package func modelYAML(name: String) -> String {
        var signatures = [(key: "predict", value: feature(outputs: outputFeatures))]
        if pythonFunction?.isStreamable == true {
            let chunks = YAMLText.feature("output_feature_0", .string, shape: [-1])
            signatures.append((key: "predict_stream", value: feature(outputs: [chunks])))
        }
        let part = YAMLText.map([
            ("handler_version", .text("2023-12-01")), ("model_type", .text("mlflow")), ("name", .text(name)),
            ("options", .map([("artifact_path", .text("."))])), ("path", .text(".")),
        ])
        let environment = YAMLText.map([
            ("python_version", .text(pythonFunction?.pythonVersion ?? "")), ("snowpark_ml_version", .text("1.0.12")),
        ])
        return YAMLText.map([
            ("creation_timestamp", .text(created ?? "")), ("env", environment), ("metadata", .null),
            ("min_snowpark_ml_version", .text("1.0.12")), ("model_type", .text("mlflow")),
            ("models", .map([(name, part)])), ("name", .text(name)), ("signatures", .map(signatures)),
            ("task", .text("UNKNOWN")), ("version", .text("2023-12-01")),
        ]).document
    }

    private func feature(outputs: [YAMLText]) -> YAMLText {
        .map([("inputs", .list(inputFeatures)), ("outputs", .list(outputs)), ("params", .list(parameterFeatures))])
    }

    private var inputFeatures: [YAMLText] {
        guard let columns = signature?.inputs, !columns.isEmpty else {
            return [.feature(MLmodel.looseInput, .object)]
        }
        return columns.enumerated().map { $1.type.feature($1.name ?? "input_feature_\($0)", loose: .object) }
    }

    private var outputFeatures: [YAMLText] {
        guard let columns = signature?.outputs, !columns.isEmpty else {
            return [.feature("output_feature_0", .string)]
        }
        return columns.enumerated().map { $1.type.feature($1.name ?? "output_feature_\($0)", loose: .string) }
    }

    private var parameterFeatures: [YAMLText] {
        let inputs = (signature?.inputs ?? []).enumerated().map { $1.name ?? "input_feature_\($0)" }
        let taken = inputs.isEmpty ? [MLmodel.looseInput] : inputs
        return zip(signature?.parameters ?? [], parameterNames(beside: taken)).map { parameter, name in
            parameter.type.parameter(name, default: YAMLText(json: parameter.defaultJSON), isList: parameter.isList)
        }
    }
}

extension YAMLText {
    fileprivate static func feature(
        _ name: String, _ type: ModelSignature.DataType, shape: [Int] = []
    ) -> YAMLText {
        .map(
            [("name", .text(name)), ("nullable", .plain("true"))]
                + (shape.isEmpty ? [] : [("shape", .integers(shape))]) + [("type", .text(type.rawValue))])
    }
}

extension MLflowSignature.Scalar {
    var dataType: ModelSignature.DataType {
        switch self {
        case .boolean: .bool
        case .integer: .int32
        case .long: .int64
        case .float: .float
        case .double: .double
        case .string: .string
        case .binary: .bytes
        case .datetime: .timestampNTZ
        }
    }
}

extension MLflowSignature.ValueType {
    /// The feature that describes a column of this type.
    ///
    /// - Parameter loose: the type where MLflow leaves it open and the client has none for it.
    fileprivate func feature(_ name: String, loose: ModelSignature.DataType, shape: [Int] = []) -> YAMLText {
        switch self {
        case .scalar(let scalar): return .feature(name, scalar.dataType, shape: shape)
        case .array(let element): return element.feature(name, loose: loose, shape: shape + [-1])
        case .object(let properties) where !properties.isEmpty:
            let members = properties.map { $0.type.feature($0.name, loose: loose) }
            return .map(
                [("name", .text(name))] + (shape.isEmpty ? [] : [("shape", .integers(shape))])
                    + [("specs", .list(members))])
        case .object, .map: return .feature(name, .object, shape: shape)
        case .any: return .feature(name, loose, shape: shape)
        case .tensor(let element, let lengths):
            return .feature(
                name, ModelSignature.DataType(tensorElement: element) ?? .string, shape: Array(lengths.dropFirst()))
        }
    }

    fileprivate func parameter(_ name: String, default value: YAMLText, isList: Bool, depth: Int = 0) -> YAMLText {
        let shape =
            isList || depth > 0 ? [("shape", YAMLText.integers(Array(repeating: -1, count: max(1, depth))))] : []
        switch self {
        case .array(let element):
            return element.parameter(name, default: value, isList: isList, depth: depth + 1)
        case .object(let properties) where !properties.isEmpty:
            let members = properties.map { property in
                property.type.parameter(property.name, default: value.member(property.name), isList: false)
            }
            return .map(
                [("default_value", value), ("name", .text(name))] + shape + [("specs", .list(members))])
        case .scalar(let scalar):
            return .map(
                [("default_value", value), ("dtype", .text(scalar.dataType.rawValue)), ("name", .text(name))] + shape)
        default:
            return .map([("default_value", value), ("dtype", .text("OBJECT")), ("name", .text(name))] + shape)
        }
    }
}

extension YAMLText {
    fileprivate func member(_ name: String) -> YAMLText {
        guard case .map(let entries) = self else { return .null }
        return entries.first { $0.key == name }?.value ?? .null
    }
}
