import Types
import Yams

/// What `model/model.yaml` says: the client's own description of the model.
///
/// Only what is used is read; other keys are passed over.
/// Source: the `model_meta_schema` of snowflake-ml-python.
package struct ModelYAML: Sendable {
    package static let fileName = "model/model.yaml"

    /// One saved object of the package, below `model/models/<name>/`.
    package struct Part: Hashable, Sendable {
        package let name: String
        /// The framework, e.g. `sklearn`, `xgboost`, `custom`.
        package let modelType: String
        /// The payload's path below the part's directory.
        package let path: String
        /// The handler's settings, e.g. `xgb_estimator_type`; values that are not texts are left out.
        package let options: [String: String]
    }

    package let name: String
    /// The framework, e.g. `sklearn`.
    package let modelType: String
    /// E.g. `TABULAR_BINARY_CLASSIFICATION`, `UNKNOWN`.
    package let task: String
    /// The version of snowflake-ml-python that wrote the package.
    package let clientVersion: String
    /// The oldest snowflake-ml-python that can load the package.
    package let minimumClientVersion: String
    package let pythonVersion: String
    package let cudaVersion: String?
    /// Paths below `model/`.
    package let condaFile: String?
    package let pipFile: String?
    package let parts: [Part]
    /// Signatures by the model's own method name.
    package let signatures: [String: ModelSignature]
    /// Whether each method works on whole partitions, for the methods that say so.
    package let partitioned: [String: Bool]
    /// The methods whose names and arguments keep their case.
    private let caseSensitiveMethods: [String: Bool]
    private let isCaseSensitive: Bool
    /// `shap`, where the package explains its predictions.
    package let explainAlgorithm: String?

    /// - Throws: `invalidPackage` naming file and key.
    package init(text: String) throws {
        let root = try YAMLReader(file: ModelYAML.fileName, text: text)
        name = try root.optionalString("name") ?? ""
        modelType = try root.required("model_type").string()
        task = try root.optionalString("task") ?? "UNKNOWN"
        minimumClientVersion = try root.optionalString("min_snowpark_ml_version") ?? ""
        let env = try root.required("env")
        clientVersion = try env.optionalString("snowpark_ml_version") ?? ""
        pythonVersion = try env.required("python_version").string()
        cudaVersion = try env.optionalString("cuda_version")
        condaFile = try env.optionalString("conda")
        pipFile = try env.optionalString("pip")
        parts = try root.optional("models")?.entries().map { try ModelYAML.part($0.key, $0.value) } ?? []
        var signatures: [String: ModelSignature] = [:]
        for entry in try root.optional("signatures")?.entries() ?? [] {
            signatures[entry.key] = try ModelSignature(entry.value)
        }
        self.signatures = signatures
        var partitioned: [String: Bool] = [:]
        for entry in try root.optional("function_properties")?.entries() ?? [] {
            if let value = try entry.value.optional("PARTITIONED") { partitioned[entry.key] = try value.bool() }
        }
        self.partitioned = partitioned
        var caseSensitive: [String: Bool] = [:]
        for entry in try root.optional("method_options")?.entries() ?? [] {
            if let value = try entry.value.optional("case_sensitive") { caseSensitive[entry.key] = try value.bool() }
        }
        caseSensitiveMethods = caseSensitive
        isCaseSensitive = try root.optional("case_sensitive")?.bool() ?? false
        explainAlgorithm = try root.optional("explainability")?.optionalString("algorithm")
    }

    /// Whether the method's arguments keep their case in SQL.
    package func isCaseSensitive(_ target: String) -> Bool {
        caseSensitiveMethods[target] ?? isCaseSensitive
    }

    private static func part(_ name: String, _ reader: YAMLReader) throws -> Part {
        var options: [String: String] = [:]
        for entry in try reader.optional("options")?.entries() ?? [] {
            if entry.value.node.scalar != nil, !entry.value.isNull { options[entry.key] = try entry.value.string() }
        }
        return Part(
            name: name, modelType: try reader.required("model_type").string(),
            path: try reader.required("path").string(), options: options)
    }
}
