import Foundation
import Types

/// What `MLmodel`, at the root of an MLflow model directory, says.
///
/// Only what is used is read; other keys are passed over, and stay in the file, which the version keeps as it is.
/// Source: https://mlflow.org/docs/latest/ml/model, the storage format.
package struct MLmodel: Sendable {
    package static let fileName = "MLmodel"

    /// A way to look at the model: a library's own, or the general `python_function`.
    package struct Flavor: Hashable, Sendable {
        package let name: String
        /// The flavor's settings as a JSON object.
        package let settings: String
    }

    /// How Python runs the model whatever its library.
    package struct PythonFunction: Hashable, Sendable {
        /// The module whose `_load_pyfunc` loads the model, e.g. `mlflow.sklearn`.
        package let loaderModule: String
        /// E.g. `3.11.7`, nil where the file does not say.
        package let pythonVersion: String?
        /// The conda file of the model, a path in the directory.
        package let condaFile: String?
        /// The `python_env.yaml` of the model, a path in the directory.
        package let pythonEnvironmentFile: String?
        /// The payload's path in the directory, a file or a directory; nil where the loader finds it.
        package let data: String?
        /// Whether the model answers in parts (`predict_stream`).
        package let isStreamable: Bool
        /// The script of a model from code: the base name is a file of the directory.
        package let codeScript: String?
        /// `model_config` as a JSON object, nil for none.
        package let configuration: String?
    }

    /// An example of the inputs, saved with the model.
    package struct InputExample: Hashable, Sendable {
        package let file: String
        /// `dataframe`, `ndarray`, `json_object`, ….
        package let type: String
        /// The body of a request with the example, ready to be sent; nil for none.
        package let servingFile: String?
    }

    /// In the file's order; never empty.
    package let flavors: [Flavor]
    package let pythonFunction: PythonFunction?
    /// Nil where the model was logged without one.
    package let signature: MLflowSignature?
    /// Whether type hints of `predict` made the signature: MLflow then checks the data inside of the call.
    package let isSignatureFromTypeHint: Bool
    /// The version of MLflow that wrote the directory, nil for the oldest ones.
    package let mlflowVersion: String?
    package let modelUUID: String?
    /// The id of the logged model, `m-…`.
    package let modelID: String?
    package let runID: String?
    /// As it stands in the file: UTC.
    package let created: String?
    /// The user's own `metadata`, a JSON object; `{}` for none.
    package let metadata: String
    /// Names of environment variables that the model read while it was logged.
    package let environmentVariables: [String]
    package let inputExample: InputExample?

    /// - Throws: `invalidPackage` naming the key, what it holds and what was expected.
    package init(text: String) throws {
        let root = try YAMLReader(file: MLmodel.fileName, text: text)
        let flavors = try root.required("flavors")
        self.flavors = try flavors.entries().map { entry in
            guard entry.value.isMapping else { throw entry.value.fail("is not a mapping of settings") }
            return Flavor(name: entry.key, settings: try entry.value.json())
        }
        guard !self.flavors.isEmpty else { throw flavors.fail("is empty; a model has at least one flavor") }
        pythonFunction = try flavors.optional("python_function").map { try PythonFunction($0) }
        signature = try root.optional("signature").map { try MLflowSignature($0) }
        isSignatureFromTypeHint = try root.optional("is_signature_from_type_hint")?.bool() ?? false
        mlflowVersion = try root.optionalString("mlflow_version")
        modelUUID = try root.optionalString("model_uuid")
        modelID = try root.optionalString("model_id")
        runID = try root.optionalString("run_id")
        created = try root.optionalString("utc_time_created") ?? root.optionalString("time_created")
        metadata = try root.optional("metadata")?.json() ?? "{}"
        environmentVariables = try root.strings("env_vars")
        inputExample = try root.optional("saved_input_example_info").map { info in
            InputExample(
                file: try info.required("artifact_path").string(), type: try info.optionalString("type") ?? "",
                servingFile: try info.optionalString("serving_input_path"))
        }
    }

    /// The library's flavor, e.g. `sklearn`; `python_function` where there is no other.
    package var framework: String {
        flavors.first { $0.name != "python_function" }?.name ?? "python_function"
    }

    /// Why no worker of this server can run the model, nil where nothing speaks against it.
    ///
    /// Such a model is kept, listed and given back like any other.
    package var missingRuntime: String? {
        guard let pythonFunction else {
            let names = flavors.map(\.name)
            let needs = names.contains("crate") ? "; 'crate' needs R" : ""
            return "it has no python_function flavor, only \(names.joined(separator: ", "))\(needs)"
        }
        guard MLmodel.onJava.contains(pythonFunction.loaderModule) else { return nil }
        return "its loader \(pythonFunction.loaderModule) needs a Java runtime, which workers do not have"
    }

    private static let onJava: Set<String> = ["mlflow.spark", "mlflow.h2o", "mlflow.johnsnowlabs", "mlflow.mleap"]
}

extension MLmodel.PythonFunction {
    init(_ reader: YAMLReader) throws {
        let loader = try reader.required("loader_module")
        loaderModule = try loader.string()
        let words = loaderModule.split(separator: ".", omittingEmptySubsequences: false)
        guard
            words.allSatisfy({ word in
                word.first.map { $0.isLetter || $0 == "_" } == true
                    && word.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
            })
        else { throw loader.fail("is '\(loaderModule.prefix(100))', which is not the name of a Python module") }
        pythonVersion = try reader.optionalString("python_version")
        if let env = try reader.optional("env") {
            // Before MLflow 2 the key held the conda file itself.
            let isText = env.isScalar
            condaFile = isText ? try env.relativePath() : try env.optional("conda")?.relativePath()
            pythonEnvironmentFile = isText ? nil : try env.optional("virtualenv")?.relativePath()
        } else {
            condaFile = nil
            pythonEnvironmentFile = nil
        }
        data = try (reader.optional("data") ?? reader.optional("model_path") ?? reader.optional("python_model"))?
            .relativePath()
        isStreamable = try reader.optional("streamable")?.bool() ?? false
        codeScript = try reader.optionalString("model_code_path")
        configuration = try reader.optional("config")?.json()
    }
}

extension YAMLReader {
    /// A path inside of the package, normalised.
    fileprivate func relativePath() throws -> String {
        let text = try string()
        let parts = text.split(separator: "/").filter { $0 != "." }
        guard !text.hasPrefix("/"), !parts.isEmpty, !parts.contains("..") else {
            throw fail("is '\(text.prefix(200))', which is not a path inside of the model's directory")
        }
        return parts.joined(separator: "/")
    }
}
