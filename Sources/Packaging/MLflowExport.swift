import Foundation
package import Types

/// A package of snowflake-ml-python as a model directory of MLflow: the files that MLflow wants beside the package's own.
///
/// `MLmodel` at the root, the environment files, and where no flavor of MLflow can load the payload a loader in Python.
/// The package's files stay where they are; scikit-learn, XGBoost and LightGBM payloads keep their library's flavor.
///
///     let export = try MLflowExport(package, identity)
///     for (path, text) in export.files { … }
package struct MLflowExport: Sendable {
    /// What only the registry knows of the version.
    package struct Identity: Hashable, Sendable {
        /// 32 hexadecimal digits, the same whenever the version is asked for.
        package var modelUUID: String
        /// UTC, `YYYY-MM-DD HH:MM:SS.ffffff`.
        package var created: String
        package var sizeBytes: Int64
        /// The logged model and the run, where MLflow's tables have such rows.
        package var modelID: String?
        package var runID: String?

        package init(
            modelUUID: String, created: String, sizeBytes: Int64, modelID: String? = nil, runID: String? = nil
        ) {
            self.modelUUID = modelUUID
            self.created = created
            self.sizeBytes = sizeBytes
            self.modelID = modelID
            self.runID = runID
        }
    }

    /// Where the loader lies: a directory that MLflow puts on the path of Python.
    static let codeDirectory = "mlflow_code"
    static let loaderModule = "roost_loader"

    /// Texts of the files by their paths.
    package let files: [String: String]

    /// - Throws: `failedPrecondition` for a package without model.yaml: nobody but its own handlers can load it.
    package init(_ package: ModelPackage, _ identity: Identity) throws {
        guard let model = package.model else {
            throw RegistryError(
                .failedPrecondition,
                "The version has no \(ModelYAML.fileName), so that MLflow can't load it: only its own handlers can.")
        }
        let method = MLflowExport.method(package.methods)
        let payload = MLflowPayload(model, method: method)
        let python = package.environment.pythonVersion
        var files = MLflowExport.environment(package.environment, payload)
        if let loader = payload.loader {
            files["\(MLflowExport.codeDirectory)/\(MLflowExport.loaderModule).py"] = loader
        }
        var entries: [(key: String, value: YAMLText)] = [
            ("flavors", .map(payload.flavors(python: python))), ("is_signature_from_type_hint", .plain("false")),
            ("model_id", .text(identity.modelID)), ("model_size_bytes", .plain("\(identity.sizeBytes)")),
            ("model_uuid", .text(identity.modelUUID)), ("prompts", .null),
        ]
        if let runID = identity.runID { entries.append(("run_id", .text(runID))) }
        if let signature = model.signatures[method] {
            entries.append(
                (
                    "signature",
                    .map([
                        ("inputs", .text(YAMLText.list(signature.inputs.map { $0.mlflowColumn }).json)),
                        ("outputs", .text(YAMLText.list(signature.outputs.map { $0.mlflowColumn }).json)),
                        (
                            "params",
                            signature.parameters.isEmpty
                                ? .null : .text(YAMLText.list(signature.parameters.map { $0.mlflowParameter }).json)
                        ),
                    ])
                ))
        }
        entries += [("type_hint_from_example", .plain("false")), ("utc_time_created", .text(identity.created))]
        files[MLmodel.fileName] = YAMLText.map(entries).document
        self.files = files
    }

    /// The model's own name of the method that MLflow calls: `predict`, else the first function.
    private static func method(_ methods: [MethodSignature]) -> String {
        let targets = methods.filter { $0.kind == .function }.compactMap { method in
            method.handler.split(separator: ".").dropLast().last.map(String.init)
        }
        return targets.contains("predict") ? "predict" : targets.first ?? "predict"
    }

    private static func environment(
        _ environment: EnvironmentSpecification, _ payload: MLflowPayload
    ) -> [String: String] {
        var lines = environment.requirements.filter {
            payload.needsPackager || $0.normalizedName != "snowflake-ml-python"
        }.map(\.description)
        if !environment.requirements.contains(where: { $0.normalizedName == "mlflow" }) {
            lines.insert("mlflow", at: 0)
        }
        let pip = lines.map { YAMLText.text($0) }
        let python = environment.pythonVersion.isEmpty ? "python" : "python=\(environment.pythonVersion)"
        let conda = YAMLText.map([
            ("channels", .list([.text("conda-forge")])),
            ("dependencies", .list([.text(python), .text("pip"), .map([("pip", .list(pip))])])),
            ("name", .text("mlflow-env")),
        ])
        let virtual = YAMLText.map([
            ("python", .text(environment.pythonVersion)),
            ("build_dependencies", .list([.text("pip"), .text("setuptools"), .text("wheel")])),
            ("dependencies", .list([.text("-r requirements.txt")])),
        ])
        return [
            "conda.yaml": conda.document, "python_env.yaml": virtual.document,
            "requirements.txt": lines.joined(separator: "\n") + "\n",
        ]
    }
}

extension ModelSignature.Feature {
    /// A column of MLflow's schema.
    fileprivate var mlflowColumn: YAMLText {
        .map(mlflowType(isNested: false) + [("name", .text(name)), ("required", .plain("true"))])
    }

    /// A parameter of MLflow's schema: lists have one length.
    fileprivate var mlflowParameter: YAMLText {
        let element = ModelSignature.Feature(
            name: name, dataType: dataType, shape: nil, isNullable: isNullable, members: members, defaultJSON: nil)
        return .map(
            [
                ("name", .text(name)), ("default", YAMLText(json: defaultJSON ?? "null")),
                ("shape", shape == nil ? .null : .integers([-1])),
            ] + element.mlflowType(isNested: false))
    }

    /// The keys that give the type.
    ///
    /// - Parameter isNested: inside of arrays and objects MLflow takes Python's numbers, which have 64 bits, for no others.
    private func mlflowType(isNested: Bool) -> [(key: String, value: YAMLText)] {
        if let depth = shape?.count, depth > 0 {
            let inner = ModelSignature.Feature(
                name: name, dataType: dataType, shape: depth > 1 ? Array(shape?.dropFirst() ?? []) : nil,
                isNullable: isNullable, members: members, defaultJSON: nil)
            return [("type", .text("array")), ("items", .map(inner.mlflowType(isNested: true)))]
        }
        if !members.isEmpty {
            let properties = members.map { member in
                (
                    key: member.name,
                    value: YAMLText.map(
                        member.mlflowType(isNested: true) + [("required", .plain(member.isNullable ? "false" : "true"))]
                    )
                )
            }
            return [("type", .text("object")), ("properties", .map(properties))]
        }
        guard let scalar = dataType?.mlflowScalar else {
            return [("type", .text("map")), ("values", .map([("type", .text("any"))]))]
        }
        switch scalar {
        case .integer where isNested: return [("type", .text("long"))]
        case .float where isNested: return [("type", .text("double"))]
        default: return [("type", .text(scalar.rawValue))]
        }
    }
}

extension ModelSignature.DataType {
    /// MLflow's name, nil for OBJECT, which has no members' types.
    var mlflowScalar: MLflowSignature.Scalar? {
        switch self {
        case .int8, .int16, .int32, .uint8, .uint16: .integer
        case .int64, .uint32, .uint64: .long
        case .float: .float
        case .double: .double
        case .bool: .boolean
        case .string: .string
        case .bytes: .binary
        case .timestampNTZ: .datetime
        case .object: nil
        }
    }
}
