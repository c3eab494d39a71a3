package import Types

/// A model package as a whole: what it says of itself, checked against its files, and the methods that it offers.
///
/// Either a package of snowflake-ml-python (`MANIFEST.yml` at its root) or a directory of MLflow (`MLmodel`).
///
///     let package = try ModelPackage(paths: Set(files.keys)) { path in text(of: files[path]) }
package struct ModelPackage: Sendable {
    /// Nil for a directory of MLflow.
    package let manifest: Manifest?
    /// Nil for a package with a manifest.
    package let mlmodel: MLmodel?
    /// Nil where the package was made without snowflake-ml-python.
    package let model: ModelYAML?
    /// The text of model.yaml as it is, nil with ``model``.
    package let modelText: String?
    /// In the manifest's order. Outputs are typed and named from model.yaml.
    package let methods: [MethodSignature]
    /// The environment of the first method's runtime.
    package let environment: EnvironmentSpecification

    /// - Parameters:
    ///   - paths: the paths of all files in the package, normalised.
    ///   - read: gives a file's text, of at most the given number of bytes.
    /// - Throws: `invalidPackage` naming file and key, `limitExceeded`, and what `read` throws.
    package init(
        paths: Set<String>, limits: PackageLimits = PackageLimits(), read: (String, Int) throws -> String
    ) throws {
        guard paths.contains(Manifest.fileName) else {
            guard paths.contains(MLmodel.fileName) else { throw ModelPackage.noDescription(paths) }
            self = try ModelPackage.mlflow(paths: paths, limits: limits, read: read)
            return
        }
        let manifestText = try read(Manifest.fileName, limits.configurationBytes)
        let manifest = try Manifest(text: manifestText, limits: limits)
        self.manifest = manifest
        mlmodel = nil
        try ModelPackage.checkFiles(manifest, paths)
        if paths.contains(ModelYAML.fileName) {
            let text = try read(ModelYAML.fileName, limits.modelYAMLBytes)
            modelText = text
            model = try ModelYAML(text: text)
        } else {
            modelText = nil
            model = nil
        }
        var methods: [MethodSignature] = []
        for method in manifest.methods { methods.append(try ModelPackage.signature(method, model)) }
        self.methods = methods
        var rest = limits.configurationBytes - manifestText.utf8.count
        environment = try EnvironmentSpecification(manifest, paths: paths) { path in
            let text = try read(path, rest)
            rest -= text.utf8.count
            return text
        }
    }

    init(mlmodel: MLmodel, methods: [MethodSignature], environment: EnvironmentSpecification) {
        manifest = nil
        self.mlmodel = mlmodel
        model = nil
        modelText = nil
        self.methods = methods
        self.environment = environment
    }

    private static func noDescription(_ paths: Set<String>) -> RegistryError {
        let near = paths.filter { $0.hasSuffix("/\(Manifest.fileName)") || $0.hasSuffix("/\(MLmodel.fileName)") }.min()
        return RegistryError(
            .invalidPackage, "The package has neither MANIFEST.yml nor MLmodel at its root.",
            hint: near.map { "Name the directory that holds '\($0)'." }
                ?? "Name the directory that holds MANIFEST.yml, or that MLflow wrote.")
    }

    private static func checkFiles(_ manifest: Manifest, _ paths: Set<String>) throws {
        func need(_ path: String, _ why: String) throws {
            guard !paths.contains(path) else { return }
            throw RegistryError(.invalidPackage, "MANIFEST.yml: \(why) '\(path)', which the package does not hold.")
        }
        for method in manifest.methods { try need(method.handlerFile, "the method \(method.name) is in the file") }
        for runtime in manifest.runtimes.values {
            for file in [runtime.condaFile, runtime.pipFile].compactMap({ $0 }) {
                try need(file, "the runtime '\(runtime.name)' names the file")
            }
            for path in runtime.imports {
                let directory = path.hasSuffix("/") ? path : path + "/"
                if !paths.contains(where: { $0.hasPrefix(directory) }) {
                    try need(path, "the runtime '\(runtime.name)' imports")
                }
            }
        }
        for file in manifest.userFiles { try need("user_files/" + file, "'user_files' names the file") }
    }

    private static func signature(_ method: Manifest.Method, _ model: ModelYAML?) throws -> MethodSignature {
        let known = model?.signatures[method.target]
        if let model, known == nil, !model.signatures.isEmpty {
            throw RegistryError(
                .invalidPackage,
                "\(ModelYAML.fileName): 'signatures' has no '\(method.target)', which the method \(method.name) runs.")
        }
        let isWide = method.inputs.count == 1 && method.inputs[0].type == .object && (known?.inputs.count ?? 0) > 1
        let inputs = try inputs(method, known, isWide: isWide, keepCase: model?.isCaseSensitive(method.target) ?? false)
        let returnsBareValue = method.kind == .function && method.outputs[0].type != .object
        return MethodSignature(
            name: method.name, kind: method.kind, handler: method.handler, inputs: inputs,
            parameters: method.parameters, outputs: try outputs(method, known, returnsBareValue: returnsBareValue),
            isWide: isWide, returnsBareValue: returnsBareValue, isImmutable: method.isImmutable,
            isPartitioned: method.kind == .tableFunction && model?.partitioned[method.target] == true)
    }

    private static func inputs(
        _ method: Manifest.Method, _ known: ModelSignature?, isWide: Bool, keepCase: Bool
    ) throws -> [MethodField] {
        guard let known else { return method.inputs }
        if isWide {
            return known.inputs.map { feature in
                let name = keepCase ? feature.name : (try? Identifier(parsing: feature.name).name) ?? feature.name
                return feature.field(named: name)
            }
        }
        guard known.inputs.count == method.inputs.count else {
            throw RegistryError(
                .invalidPackage,
                "MANIFEST.yml gives the method \(method.name) \(method.inputs.count) inputs, "
                    + "\(ModelYAML.fileName) gives it \(known.inputs.count).")
        }
        // Names with other characters than identifiers have are written in several ways: only plain ones are compared.
        for (given, meant) in zip(method.inputs, known.inputs) {
            guard let name = try? Identifier(parsing: meant.name), let other = try? Identifier(parsing: given.name),
                name.name.uppercased() != other.name.uppercased()
            else { continue }
            throw RegistryError(
                .invalidPackage,
                "MANIFEST.yml names an input of the method \(method.name) '\(given.name)', "
                    + "\(ModelYAML.fileName) names it '\(meant.name)'.")
        }
        return method.inputs
    }

    private static func outputs(
        _ method: Manifest.Method, _ known: ModelSignature?, returnsBareValue: Bool
    ) throws -> [MethodField] {
        if method.kind == .tableFunction { return method.outputs }
        if returnsBareValue {
            let bare = method.outputs[0]
            return [
                MethodField(name: known?.outputs.first?.name ?? bare.name, type: bare.type, typeName: bare.typeName)
            ]
        }
        return known?.outputs.map { $0.field() } ?? []
    }
}
