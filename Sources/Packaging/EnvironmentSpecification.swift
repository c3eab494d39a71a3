/// The Python environment that a version's methods need.
package struct EnvironmentSpecification: Hashable, Sendable, Codable {
    /// What calls the methods.
    package enum Runner: String, Hashable, Sendable, Codable {
        /// `mlflow.pyfunc`, for an MLflow model.
        case mlflow
    }

    /// As the manifest names it, e.g. `3.11`.
    package let pythonVersion: String
    /// Distributions from conda.yml and requirements.txt together, in their order.
    package let requirements: [Requirement]
    /// Lines that name no distribution of the index: URLs, paths. With one of them nothing can be installed. Nil: none.
    package let refused: [String]?
    /// Nil for the package's own handlers, as snowflake-ml-python writes them.
    package let runner: Runner?
    /// True where the package brings the client's library itself, so that the environment need not have it. Nil: no.
    package let embedsLibrary: Bool?

    package init(
        pythonVersion: String, requirements: [Requirement], refused: [String]? = nil, runner: Runner? = nil,
        embedsLibrary: Bool? = nil
    ) {
        self.pythonVersion = pythonVersion
        self.requirements = requirements
        self.refused = refused
        self.runner = runner
        self.embedsLibrary = embedsLibrary
    }

    /// Reads the files that the runtime of the manifest's first method names.
    ///
    /// - Parameters:
    ///   - paths: the paths of all files in the package.
    ///   - read: gives the text of a file of the package.
    /// - Throws: `invalidPackage` naming file and line, and what `read` throws.
    package init(_ manifest: Manifest, paths: Set<String>, read: (String) throws -> String) throws {
        guard let name = manifest.methods.first?.runtime, let runtime = manifest.runtimes[name] else {
            self.init(pythonVersion: "", requirements: [])
            return
        }
        var requirements: [Requirement] = []
        if let file = runtime.condaFile {
            requirements += try CondaEnvironment(text: try read(file), file: file).requirements
        }
        if let file = runtime.pipFile {
            requirements += try PipRequirements(text: try read(file), file: file).requirements
        }
        self.init(
            pythonVersion: runtime.pythonVersion, requirements: requirements,
            embedsLibrary: paths.contains(where: Self.isLibrary) ? true : nil)
    }

    /// Whether a path is that of a copy of the client's library, which a runtime imports: the client embeds one where it is
    /// told to or does not find its own version in INFORMATION_SCHEMA.PACKAGES.
    private static func isLibrary(_ path: String) -> Bool {
        let parts = path.split(separator: "/")
        return parts.count == 3 && parts[0] == "runtimes" && parts[2] == "snowflake-ml-python.zip"
    }
}
