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

    /// `3.11`, a full version or nil for any.
    package var pythonVersion: String?
    package var requirements: [Requirement]
    /// Whether the package brings the client's library itself, so that the environment need not have it.
    var embedsLibrary = false

    package init(pythonVersion: String?, requirements: [Requirement]) {
        self.pythonVersion = pythonVersion
        self.requirements = requirements
    }
}
