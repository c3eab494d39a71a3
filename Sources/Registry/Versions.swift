import Access
import Packaging
package import Store
package import Types

extension ModelRegistry {
    /// The committed version that a name or alias stands for.
    ///
    /// - Parameter version: a version's name, an alias, `DEFAULT`, `FIRST` or `LAST`; nil for the default version.
    /// - Throws: `notFound` with near names as a hint.
    func resolve(_ version: Identifier?, of model: Located, in reader: CatalogReader) throws -> VersionRecord {
        guard let version else { return try systemVersion(.default, of: model, in: reader) }
        if let found = try reader.version(version, of: model.id), found.state == .committed { return found }
        if let id = try reader.alias(version, of: model.id), let found = try reader.version(id) { return found }
        if let alias = SystemAlias(version) { return try systemVersion(alias, of: model, in: reader) }
        let near =
            try reader.versions(of: model.id).map(\.name.description)
            + reader.aliases(of: model.id).map { Identifier(resolved: $0.name).description }
        throw RegistryError(
            .notFound, "Version or alias '\(version)' of model '\(model.reference.name)' does not exist.",
            hint: RegistryError.nearMiss(version.description, near), detail: ["kind": "Version", "name": version.name])
    }

    private func systemVersion(
        _ alias: SystemAlias, of model: Located, in reader: CatalogReader
    ) throws -> VersionRecord {
        let found: VersionRecord?
        switch alias {
        case .default: found = try reader.defaultVersionID(model.id).flatMap { try reader.version($0) }
        case .first: found = try reader.version(.first, of: model.id)
        case .last: found = try reader.version(.last, of: model.id)
        }
        guard let found else {
            throw RegistryError(.notFound, "Model '\(model.reference.name)' has no committed version.")
        }
        return found
    }

    /// The committed version that a name or alias stands for, for a principal that may see the model.
    package func resolveVersion(
        _ version: Identifier?, of name: ObjectName, as principal: Principal
    ) throws -> VersionRecord {
        try catalog.read { reader in
            let model = try locate(.model, name, as: principal, in: reader)
            try access.requireVisible(model.reference, as: principal, in: reader)
            return try resolve(version, of: model, in: reader)
        }
    }

    /// Drops a version.
    ///
    /// - Throws: `failedPrecondition` for the default version.
    package func dropVersion(_ version: Identifier, of name: ObjectName, as principal: Principal) throws {
        try changeModel(name, .dropVersion, as: principal) { model, tx, now in
            let found: VersionRecord
            if let named = try tx.version(version, of: model.id) {
                found = named
            } else {
                found = try resolve(version, of: model, in: tx)
            }
            guard try tx.defaultVersionID(model.id) != found.id else {
                throw RegistryError(
                    .failedPrecondition,
                    "Version '\(found.name)' is the default version of model '\(model.reference.name)' "
                        + "and can't be dropped.",
                    hint: "Set another default version first, or drop the model.")
            }
            return try drop(found, in: tx, now: now)
        }
    }

    /// Drops a version with its aliases; gives what is written down of it.
    func drop(
        _ version: VersionRecord, in tx: CatalogTransaction, now: Int64
    ) throws -> [String: (from: String?, to: String?)] {
        let aliases = try tx.dropVersion(version.id, now: now)
        return ["version": (version.name.name, nil), "aliases": (aliases.isEmpty ? nil : try json(aliases), nil)]
    }

    /// Makes the version the model's default.
    ///
    /// - Parameter version: a version's name or an alias.
    package func setDefault(_ version: Identifier, of name: ObjectName, as principal: Principal) throws {
        try changeModel(name, .alterModel, audited: "SET DEFAULT_VERSION", as: principal) { model, tx, now in
            let found = try resolve(version, of: model, in: tx)
            let before = try tx.defaultVersionID(model.id).flatMap { try tx.version($0) }
            try tx.setDefaultVersion(model.id, to: found.id, now: now)
            return ["default": (before?.name.name, found.name.name)]
        }
    }

    package func setVersionComment(
        _ comment: String, of version: Identifier, of name: ObjectName, as principal: Principal
    ) throws {
        try changeModel(name, .alterVersion, audited: AuditedChange.setVersionComment, as: principal) { model, tx, now in
            let found = try resolve(version, of: model, in: tx)
            try tx.setVersionComment(found.id, comment, now: now)
            return ["version": (nil, found.name.name), "comment": (found.comment, comment)]
        }
    }

    /// Replaces the version's metadata, a JSON object that is kept as it came.
    ///
    /// - Throws: `invalidArgument` for text that is not a JSON object, `limitExceeded` beyond 100 KB.
    package func setMetadata(
        _ metadata: String, of version: Identifier, of name: ObjectName, as principal: Principal
    ) throws {
        try PackageLimits.check(
            metadata.utf8.count, "bytes of metadata", atMost: limits.metadataBytes, setting: "limit-metadata-bytes")
        guard MetadataText.isObject(metadata) else {
            throw RegistryError(.invalidArgument, "The metadata of a version must be a JSON object.")
        }
        try changeModel(name, .alterVersion, audited: "SET METADATA", as: principal) { model, tx, now in
            let found = try resolve(version, of: model, in: tx)
            try tx.setVersionMetadata(found.id, metadata, now: now)
            return ["version": (nil, found.name.name), "metadata": (found.metadata, metadata)]
        }
    }

    /// Makes one change to a model, with its authorisation and audit row.
    ///
    /// - Parameter body: makes the change at the given time, and says what was (nil: nothing) and what is, by field.
    func changeModel(
        _ name: ObjectName, _ action: Action, audited: String? = nil, as principal: Principal,
        _ body: (Located, CatalogTransaction, Int64) throws -> [String: (from: String?, to: String?)]
    ) throws {
        try catalog.write { tx in
            let model = try locate(.model, name, as: principal, in: tx)
            try access.require(action, on: model.reference, as: principal, in: tx)
            let now = time.now()
            let change = try body(model, tx, now)
            let entry = AuditEntry(
                principal, audited ?? action.rawValue, model.reference, from: change.compactMapValues(\.from),
                to: change.compactMapValues(\.to))
            try tx.audit(entry, now: now)
        }
    }
}
