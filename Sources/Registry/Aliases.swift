import Access
import Store
package import Types

extension ModelRegistry {
    /// Points an alias to a version; it moves from wherever it pointed before.
    ///
    /// - Parameter version: a version's name or an alias.
    /// - Throws: `invalidArgument` for a system alias's name, `alreadyExists` for the name of a version.
    package func setAlias(
        _ alias: Identifier, to version: Identifier, of name: ObjectName, as principal: Principal
    ) throws {
        try setAlias(alias, of: name, as: principal) { try resolve(version, of: $0, in: $1) }
    }

    /// - Parameters:
    ///   - shown: the alias as it was written, where it differs from the resolved one; nil leaves what there is.
    ///   - find: finds the version.
    func setAlias(
        _ alias: Identifier, shown: String? = nil, of name: ObjectName, as principal: Principal,
        find: (Located, CatalogTransaction) throws -> VersionRecord
    ) throws {
        try changeModel(name, .alterVersion, audited: AuditedChange.setAlias, as: principal) { model, tx, now in
            guard SystemAlias(alias) == nil else {
                throw RegistryError(
                    .invalidArgument, "'\(alias)' is an alias of the system and can't be set.",
                    hint: alias.name == "DEFAULT" ? "Use SET DEFAULT_VERSION." : nil)
            }
            guard try tx.version(alias, of: model.id) == nil else {
                throw RegistryError(
                    .alreadyExists, "A version '\(alias)' of model '\(model.reference.name)' already exists.",
                    hint: "An alias can't have the name of a version.")
            }
            let found = try find(model, tx)
            let before = try tx.alias(alias, of: model.id).flatMap { try tx.version($0) }
            try tx.setAlias(alias, of: model.id, to: found.id, now: now)
            if let shown { try tx.setDisplayName(shown, ofAlias: alias, of: model.id) }
            if shown != nil { try tx.touch(model.id, version: found.id, now: now) }
            let written = try tx.displayName(ofAlias: alias, of: model.id)
            return [
                "alias": (nil, alias.name), "version": (before?.name.name, found.name.name), "written": (nil, written),
            ]
        }
    }

    /// Removes an alias, or all aliases of a version.
    ///
    /// - Parameter target: the alias, or the name of the version that loses its aliases.
    /// - Throws: `notFound` where neither exists, `failedPrecondition` where the version has no alias.
    package func unsetAlias(_ target: Identifier, of name: ObjectName, as principal: Principal) throws {
        try catalog.write { tx in
            let model = try locate(.model, name, as: principal, in: tx)
            try access.require(.alterVersion, on: model.reference, as: principal, in: tx)
            let gone: [(name: String, versionID: Int64)]
            if let id = try tx.alias(target, of: model.id) {
                gone = [(target.name, id)]
            } else {
                let found = try resolve(target, of: model, in: tx)
                gone = try tx.aliases(of: model.id).filter { $0.versionID == found.id }
                guard !gone.isEmpty else {
                    throw RegistryError(
                        .failedPrecondition,
                        "Version '\(found.name)' of model '\(model.reference.name)' has no alias.")
                }
            }
            let now = time.now()
            for alias in gone {
                let name = Identifier(resolved: alias.name)
                var facts = ["alias": alias.name, "version": try tx.version(alias.versionID)?.name.name ?? ""]
                facts["written"] = try tx.displayName(ofAlias: name, of: model.id)
                try tx.deleteAlias(name, of: model.id)
                let entry = AuditEntry(principal, AuditedChange.unsetAlias, model.reference, from: facts)
                try tx.audit(entry, now: now)
            }
        }
    }
}
