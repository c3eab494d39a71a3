import Packaging
import Store
import Types

/// What a schema may hold at most, each a setting of the server; nil for any number.
package struct SchemaQuotas: Hashable, Sendable {
    /// Models that are not dropped.
    package var models: Int?
    /// Bytes of the files of versions and of stages that are not dropped. A content that several have counts for each.
    package var bytes: Int?

    package init(models: Int? = nil, bytes: Int? = nil) {
        self.models = models
        self.bytes = bytes
    }
}

extension ModelRegistry {
    /// Refuses what was just written to the schema around an object where that is now over a quota.
    ///
    /// Called at the end of a transaction that adds something; costs a look at the schema's versions where there is a
    /// quota, and nothing else.
    ///
    /// - Throws: `limitExceeded` naming the schema, the quota and its setting.
    func requireRoom(around objectID: Int64, in tx: CatalogTransaction) throws {
        guard quotas != SchemaQuotas(), let schemaID = try tx.object(objectID)?.parentID else { return }
        let place = "in schema '\(try tx.qualifiedName(schemaID))'"
        if let most = quotas.models {
            try PackageLimits.check(
                try tx.modelCount(ofSchema: schemaID), "models \(place)", atMost: most,
                setting: "quota-models-per-schema")
        }
        if let most = quotas.bytes {
            try PackageLimits.check(
                try tx.storedBytes(ofSchema: schemaID), "bytes of files \(place)", atMost: most,
                setting: "quota-bytes-per-schema")
        }
    }
}
