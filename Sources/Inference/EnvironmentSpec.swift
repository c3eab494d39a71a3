package import Packaging

/// What a model version needs of Python, as its conda.yml and requirements.txt say.
package struct EnvironmentSpec: Hashable, Sendable, Codable {
    /// One package and the versions that will do.
    package struct Requirement: Hashable, Sendable, Codable {
        /// As written; `scikit_learn` and `scikit-learn` are the same.
        package var name: String
        /// PEP 440, e.g. `>=1.4,<2`; empty for any. conda's `=1.4` counts as `==1.4.*`.
        package var specifier: String

        package init(name: String, specifier: String) {
            self.name = name
            self.specifier = specifier
        }
    }

    /// What calls the methods, and must be there whatever the version says.
    package enum Runner: String, Hashable, Sendable, Codable {
        /// The package's own handlers, as snowflake-ml-python writes them.
        case handlers
        /// `mlflow.pyfunc`.
        case mlflow
    }

    /// `3.11`, a full version or nil for any.
    package var pythonVersion: String?
    package var requirements: [Requirement]
    package var runner: Runner
    /// Whether the package brings the client's library itself, so that the environment need not have it.
    package var embedsLibrary: Bool

    package init(
        pythonVersion: String?, requirements: [Requirement], runner: Runner = .handlers, embedsLibrary: Bool = false
    ) {
        self.pythonVersion = pythonVersion
        self.requirements = requirements
        self.runner = runner
        self.embedsLibrary = embedsLibrary
    }
}

extension EnvironmentSpec {
    /// What the package asks for, as the runtime takes it. Lines that can't be installed are not in it.
    package init(_ specification: EnvironmentSpecification) {
        self.init(
            pythonVersion: specification.pythonVersion.isEmpty ? nil : specification.pythonVersion,
            requirements: specification.requirements.map {
                let extras = $0.extras.isEmpty ? "" : "[\($0.extras.joined(separator: ","))]"
                return Requirement(name: $0.name + extras, specifier: $0.specifiers.joined(separator: ","))
            }, runner: specification.runner == .mlflow ? .mlflow : .handlers,
            embedsLibrary: specification.embedsLibrary ?? false)
    }
}
