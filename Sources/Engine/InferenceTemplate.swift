import Registry
import SnowflakeSQL
import Types

/// SYSTEM$GENERATE_MODEL_INFERENCE_TEMPLATE(model [, version [, method]]): the SQL that calls a model's methods, with
/// the names of its inputs as columns and its parameters with their defaults, to be filled in and run.
///
/// ```
/// SELECT *, MODEL(ML.REGISTRY.IRIS, V1)!PREDICT(SEPAL_LENGTH, SEPAL_WIDTH, FACTOR => 2.0) AS RESULT
/// FROM <input_table>;
/// ```
extension StatementContext {
    /// The statements, one a method, separated by an empty line.
    ///
    /// - Throws: `missing` for the model or version, `unknownFunction` for the method.
    func inferenceTemplate(model: String, version: String?, method: String?) throws -> String {
        let name = try fullName(PartialName(try Identifier.split(model)), kind: "model")
        let wanted = try version.map { try Identifier(parsing: $0) }
        let found = try engine.registry.versionForInference(wanted, of: name, as: principal)
        var methods = found.methods
        if let method {
            guard let signature = found.method(try Identifier(parsing: method)) else {
                let known = methods.map(\.name.description)
                throw RegistryError(
                    .unknownFunction,
                    "Unknown method '\(method.prefix(100))' of model \(name) version \(found.name): "
                        + "it has \(known.joined(separator: ", ")).",
                    hint: RegistryError.nearMiss(method, known))
            }
            methods = [signature]
        }
        return methods.map { InferenceTemplate(model: name, version: found.name, method: $0).sql }
            .joined(separator: "\n\n")
    }
}

/// The SQL that calls one method.
private struct InferenceTemplate {
    let model: ObjectName
    let version: Identifier
    let method: MethodSignature

    var sql: String {
        let call = "MODEL(\(model), \(version))!\(method.name)(\(arguments))"
        switch method.kind {
        case .function: return "SELECT *, \(call) AS RESULT\nFROM <input_table>;"
        case .tableFunction:
            let over = method.isPartitioned ? " OVER (PARTITION BY <partition_column>)" : ""
            return "SELECT *\nFROM <input_table>, TABLE(\(call)\(over));"
        }
    }

    private var arguments: String {
        let columns = method.inputs.map { Identifier(resolved: $0.name).description }
        let pairs = zip(method.inputs, columns).map { "\(QuotedText.literal($0.name)), \($1)" }
        let inputs = method.isWide ? ["OBJECT_CONSTRUCT_KEEP_NULL(\(pairs.joined(separator: ", ")))"] : columns
        let parameters = method.parameters.map {
            "\(Identifier(resolved: $0.field.name)) => \($0.defaultSQL ?? "<\($0.field.typeName)>")"
        }
        return (inputs + parameters).joined(separator: ", ")
    }
}
