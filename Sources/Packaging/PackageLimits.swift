import Types

/// What a package may hold at most. The defaults are Snowflake's.
///
/// Source: https://docs.snowflake.com/en/developer-guide/snowflake-ml/model-registry/overview
package struct PackageLimits: Sendable {
    /// Methods of a version.
    package var methods = 10
    /// Imports of a runtime.
    package var imports = 10
    /// Arguments of a method, inputs and parameters together. Wider inputs travel as one OBJECT.
    package var arguments = 500
    /// Bytes of the manifest and the environment files together.
    package var configurationBytes = 250 * 1024
    /// Bytes of model.yaml.
    package var modelYAMLBytes = 16 * 1024 * 1024

    package init() {}

    /// Refuses a value over its limit, saying how the limit is raised.
    ///
    /// - Parameters:
    ///   - what: what is counted, e.g. `methods in a version`.
    ///   - setting: the server's setting, e.g. `limits.methods-per-version`.
    package static func check(_ value: Int, _ what: String, atMost limit: Int, setting: String) throws {
        guard value > limit else { return }
        throw RegistryError(
            .limitExceeded, "\(value) \(what): at most \(limit) are allowed.",
            hint: "The server's administrator can raise '\(setting)'.",
            detail: ["limit": "\(limit)", "value": "\(value)", "setting": setting])
    }
}
