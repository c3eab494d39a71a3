import Types

extension EnvironmentSpecification {
    /// What an MLflow model needs: `requirements.txt`, and what its conda file asks of conda itself.
    ///
    /// Lines that are no package names with limits do not keep a model from being registered: they are remembered, and
    /// stand in the way only when it is to run.
    ///
    /// - Parameter read: gives the text of a file of the package.
    /// - Throws: `invalidPackage` for files that are not YAML, and what `read` throws.
    package init(_ model: MLmodel, paths: Set<String>, read: (String) throws -> String) throws {
        var refused: [String] = []
        var python: String?
        var requirements: [Requirement] = []
        if paths.contains("requirements.txt") {
            requirements = try PipRequirements(text: try read("requirements.txt"), file: "requirements.txt") {
                line, _ in
                // Options of the installer say where and how, not what.
                if !line.hasPrefix("-") || line.hasPrefix("-r") || line.hasPrefix("-e") { refused.append(line) }
            }.requirements
        }
        let condaFile = model.pythonFunction?.condaFile ?? "conda.yaml"
        if paths.contains(condaFile) {
            var fromPip: [String] = []
            let conda = try CondaEnvironment(text: try read(condaFile), file: condaFile) { line, _ in fromPip.append(line) }
            python = conda.pythonSpecifiers.first
            let known = Set(requirements.map(\.normalizedName))
            requirements += conda.requirements.filter { !known.contains($0.normalizedName) }
            if !paths.contains("requirements.txt") { refused += fromPip.filter { !$0.hasPrefix("-") } }
        }
        if let file = model.pythonFunction?.pythonEnvironmentFile, paths.contains(file) {
            python = try YAMLReader(file: file, text: try read(file)).optionalString("python") ?? python
        }
        self.init(
            pythonVersion: EnvironmentSpecification.minor(model.pythonFunction?.pythonVersion ?? python ?? ""),
            requirements: requirements, refused: refused.isEmpty ? nil : refused, runner: .mlflow)
    }

    /// `3.11` of `3.11.7` or `==3.11.*`, empty where there is none.
    private static func minor(_ text: String) -> String {
        guard let match = text.firstMatch(of: /(\d+)\.(\d+)/) else { return "" }
        return "\(match.1).\(match.2)"
    }
}
