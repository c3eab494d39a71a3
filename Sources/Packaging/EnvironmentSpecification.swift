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

    package init(
        pythonVersion: String, requirements: [Requirement], refused: [String]? = nil, runner: Runner? = nil
    ) {
        self.pythonVersion = pythonVersion
        self.requirements = requirements
        self.refused = refused
        self.runner = runner
    }

    /// Reads the files that the runtime of the manifest's first method names.
    ///
    /// - Parameter read: gives the text of a file of the package.
    /// - Throws: `invalidPackage` naming file and line, and what `read` throws.
    package init(_ manifest: Manifest, read: (String) throws -> String) throws {
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
        self.init(pythonVersion: runtime.pythonVersion, requirements: requirements)
    }
}
