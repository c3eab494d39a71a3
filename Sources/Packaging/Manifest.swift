package import Types

/// What `MANIFEST.yml`, at the root of a model package, says.
///
/// Only what is used is read; other keys are passed over. Reading checks the file by itself; ``ModelPackage`` checks it
/// against the package's other files.
/// Source: the `model_manifest_schema` of snowflake-ml-python.
package struct Manifest: Sendable {
    package static let fileName = "MANIFEST.yml"

    /// A method as the manifest declares it. Outputs of a FUNCTION have no names here.
    package struct Method: Sendable {
        package let name: Identifier
        package let kind: MethodSignature.Kind
        package let handler: String
        package let runtime: String
        package let inputs: [MethodField]
        package let parameters: [MethodParameter]
        package let outputs: [MethodField]
        package let isImmutable: Bool
        /// The file of the package that holds the handler, e.g. `functions/predict.py`.
        package let handlerFile: String
        /// The model's own name of the method: the handler file's base name, e.g. `predict`.
        package let target: String
    }

    /// An environment that methods run in.
    package struct Runtime: Hashable, Sendable {
        package let name: String
        package let pythonVersion: String
        package let imports: [String]
        /// Paths in the package, nil where the manifest names none.
        package let condaFile: String?
        package let pipFile: String?
        /// Artifact repositories by package manager, e.g. `pip`.
        package let artifactRepositories: [String: String]
        package let resourceConstraint: [String: String]
    }

    /// Where the model came from.
    package struct LineageSource: Hashable, Sendable {
        /// `DATASET`, `QUERY` or `EXPERIMENT`.
        package let type: String
        package let entity: String
        package let version: String?
    }

    package let version: String
    package let methods: [Method]
    package let runtimes: [String: Runtime]
    /// `WAREHOUSE`, `SNOWPARK_CONTAINER_SERVICES`; empty where the manifest names none, which means both.
    package let targetPlatforms: [String]
    package let userFiles: [String]
    package let lineageSources: [LineageSource]
    /// The JSON text of `user_data`, `{}` where the manifest has none.
    package let userData: String

    /// - Throws: `invalidPackage` naming file and key, `limitExceeded`.
    package init(text: String, limits: PackageLimits = PackageLimits()) throws {
        let root = try YAMLReader(file: Manifest.fileName, text: text)
        version = try root.required("manifest_version").string()
        guard version.split(separator: ".").first == "1" else {
            throw try root.required("manifest_version").fail("is '\(version)'; only version 1 is known")
        }
        var runtimes: [String: Runtime] = [:]
        for entry in try root.required("runtimes").entries() {
            runtimes[entry.key] = try Manifest.runtime(entry.key, entry.value, limits: limits)
        }
        self.runtimes = runtimes
        let list = try root.required("methods").list()
        guard !list.isEmpty else { throw try root.required("methods").fail("is empty; a version needs a method") }
        try PackageLimits.check(
            list.count, "methods in a version", atMost: limits.methods, setting: "limit-methods-per-version")
        var methods: [Method] = []
        for entry in list {
            let method = try Manifest.method(entry, runtimes: runtimes, limits: limits)
            guard !methods.contains(where: { $0.name == method.name }) else {
                throw entry.fail("declares the method \(method.name) a second time")
            }
            methods.append(method)
        }
        self.methods = methods
        targetPlatforms = try Manifest.platforms(root)
        userData = try root.optional("user_data")?.json() ?? "{}"
        userFiles = try root.strings("user_files")
        lineageSources =
            try root.optional("lineage_sources")?.list().map {
                LineageSource(
                    type: try $0.required("type").string(), entity: try $0.required("entity").string(),
                    version: try $0.optionalString("version"))
            } ?? []
    }

    private static func platforms(_ root: YAMLReader) throws -> [String] {
        let known = ["WAREHOUSE", "SNOWPARK_CONTAINER_SERVICES"]
        return try root.optional("target_platforms")?.list().map { entry in
            let name = try entry.string().uppercased()
            guard known.contains(name) else {
                throw entry.fail("is '\(name)', which is not one of \(known.joined(separator: ", "))")
            }
            return name
        } ?? []
    }

    private static func runtime(_ name: String, _ reader: YAMLReader, limits: PackageLimits) throws -> Runtime {
        let language = try reader.required("language")
        guard try language.string().uppercased() == "PYTHON" else {
            throw language.fail("is '\(try language.string())'; only PYTHON is offered")
        }
        let version = try reader.required("version")
        let parts = try version.string().split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 2, parts.allSatisfy({ UInt($0) != nil }) else {
            throw version.fail("is not a Python version such as 3.11")
        }
        guard parts.first == "3" else {
            throw version.fail("is Python \(try version.string()); only Python 3 is offered")
        }
        let imports = try reader.strings("imports")
        try PackageLimits.check(
            imports.count, "imports in a version", atMost: limits.imports, setting: "limit-imports-per-version")
        let dependencies = try reader.optional("dependencies")
        return Runtime(
            name: name, pythonVersion: try version.string(), imports: imports,
            condaFile: try dependencies?.optionalString("conda"), pipFile: try dependencies?.optionalString("pip"),
            artifactRepositories: try dependencies?.table("artifact_repository_map") ?? [:],
            resourceConstraint: try reader.table("resource_constraint"))
    }
}
