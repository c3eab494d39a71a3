/// The Python environment that a version's methods need.
package struct EnvironmentSpecification: Hashable, Sendable, Codable {
    /// As the manifest names it, e.g. `3.11`.
    package let pythonVersion: String
    /// Distributions from conda.yml and requirements.txt together, in their order.
    package let requirements: [Requirement]

    package init(pythonVersion: String, requirements: [Requirement]) {
        self.pythonVersion = pythonVersion
        self.requirements = requirements
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
