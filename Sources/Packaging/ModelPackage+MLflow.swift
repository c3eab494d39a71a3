import Types

extension ModelPackage {
    /// Reads a directory that MLflow wrote: `MLmodel` at its root, by reading alone.
    static func mlflow(
        paths: Set<String>, limits: PackageLimits, read: (String, Int) throws -> String
    ) throws -> ModelPackage {
        let model = try MLmodel(text: try read(MLmodel.fileName, limits.modelYAMLBytes))
        try checkFiles(model, paths)
        var rest = limits.configurationBytes
        let environment = try EnvironmentSpecification(model, paths: paths) { path in
            let text = try read(path, rest)
            rest -= text.utf8.count
            return text
        }
        return ModelPackage(mlmodel: model, methods: try model.methods(limits: limits), environment: environment)
    }

    /// The payload must have come with the directory. Environment files may be missing, as for MLflow itself.
    private static func checkFiles(_ model: MLmodel, _ paths: Set<String>) throws {
        guard let data = model.pythonFunction?.data, !paths.contains(data),
            !paths.contains(where: { $0.hasPrefix(data + "/") })
        else { return }
        throw RegistryError(
            .invalidPackage,
            "MLmodel: 'flavors.python_function' names the payload '\(data)', which the directory does not hold.",
            hint: "Give the whole directory that MLflow wrote.")
    }

    /// What SHOW VERSIONS shows as `model_attributes`.
    package var attributes: [String: String] {
        if let mlmodel {
            var attributes = [
                "framework": mlmodel.framework, "task": "UNKNOWN",
                "client": "mlflow \(mlmodel.mlflowVersion ?? "")".trimmed,
                "flavors": mlmodel.flavors.map(\.name).joined(separator: ","),
            ]
            attributes["missing_runtime"] = mlmodel.missingRuntime
            return attributes
        }
        guard let model else { return ["framework": "custom", "task": "UNKNOWN"] }
        return [
            "framework": model.modelType, "task": model.task,
            "client": "snowflake-ml-python \(model.clientVersion)",
        ]
    }

    /// `WAREHOUSE`, `SNOWPARK_CONTAINER_SERVICES`; none where the model needs what no worker has.
    package var targetPlatforms: [String] {
        if mlmodel?.missingRuntime != nil { return [] }
        let named = manifest?.targetPlatforms ?? []
        return named.isEmpty ? ["WAREHOUSE", "SNOWPARK_CONTAINER_SERVICES"] : named
    }

    /// The JSON text of the user's own data in the package, `{}` for none.
    package var userData: String { manifest?.userData ?? mlmodel?.metadata ?? "{}" }
}
