package import Access
package import Packaging
package import Store
import Types

/// What one does with models and the other objects of the catalog.
///
/// Every door and every statement comes here. A call asks the authorisation point, checks the rules, and makes its
/// change with its audit row in one catalog transaction: on return it is on disk, on a throw nothing has changed.
/// What a role may not see does not exist for it. Thread-safe; calls block for catalog and file work.
///
///     let row = try registry.createModel(
///         name, version: v1, from: .stage(stage, path: "model"), session: session.id, as: session.principal)
package final class ModelRegistry: Sendable {
    let catalog: CatalogStore
    let artifacts: ArtifactStore
    let trees: VersionTree
    let access: AccessControl
    let time: TimeSource
    let limits: RegistryLimits
    var quotas: SchemaQuotas { limits.quotas }

    package init(
        catalog: CatalogStore, artifacts: ArtifactStore, trees: VersionTree, access: AccessControl,
        time: TimeSource = .wall, limits: RegistryLimits = RegistryLimits()
    ) {
        self.catalog = catalog
        self.artifacts = artifacts
        self.trees = trees
        self.access = access
        self.time = time
        self.limits = limits
    }
}

/// The documented limits, each a setting of the server.
///
/// Source: https://docs.snowflake.com/en/developer-guide/snowflake-ml/model-registry/overview
package struct RegistryLimits: Sendable {
    /// Versions that a model may have at a time.
    package var versionsPerModel = 1000
    /// Bytes of a version's metadata.
    package var metadataBytes = 100 * 1024
    /// Bytes of all files of a version.
    package var versionBytes = 15 * 1024 * 1024 * 1024
    /// Files of a version.
    package var filesPerVersion = 10_000
    /// Characters of a tag's value. Source: https://docs.snowflake.com/en/user-guide/object-tagging
    package var tagValueLength = 256
    /// Tags on an object.
    package var tagsPerObject = 50
    /// Values that a tag may allow.
    package var allowedValuesPerTag = 300
    package var package = PackageLimits()
    package var quotas = SchemaQuotas()

    package init() {}
}
