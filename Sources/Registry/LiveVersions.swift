import Access
import Store
package import Types

extension ModelRegistry {
    /// Makes a model whose first version is live: files may be put into it until it is committed.
    ///
    /// Until then neither SHOW MODELS nor SHOW VERSIONS lists them.
    package func createModel(
        _ name: ObjectName, liveVersion version: Identifier, mode: CreateMode = .plain, comment: String = "",
        as principal: Principal
    ) throws -> LoggedVersion? {
        try catalog.write { tx in
            guard let created = try makeModel(name, mode: mode, comment: comment, as: principal, in: tx) else {
                return nil
            }
            let model = ObjectRef(.model, created.id, name: name.description)
            return LoggedVersion(
                modelID: created.id, version: try insertLive(version, into: model, by: principal, in: tx),
                isNewModel: true)
        }
    }

    /// Adds a live version to a model.
    package func addLiveVersion(
        _ version: Identifier, to name: ObjectName, as principal: Principal
    ) throws -> LoggedVersion {
        try catalog.write { tx in
            let model = try locate(.model, name, as: principal, in: tx)
            try access.require(.addVersion, on: model.reference, as: principal, in: tx)
            return LoggedVersion(
                modelID: model.id, version: try insertLive(version, into: model.reference, by: principal, in: tx),
                isNewModel: false)
        }
    }

    /// Commits a live version: its files are read and checked, and never change again.
    ///
    /// - Parameters:
    ///   - newName: the model's name afterwards, nil to keep it.
    ///   - newVersion: the version's name afterwards, nil to keep it.
    /// - Throws: also `failedPrecondition` where the version is committed already, `conflict` where a file was put
    ///   meanwhile.
    package func commitVersion(
        _ version: Identifier, of name: ObjectName, renameModelTo newName: ObjectName? = nil,
        renameVersionTo newVersion: Identifier? = nil, as principal: Principal
    ) throws -> LoggedVersion {
        let files = try catalog.read { reader in
            let model = try locate(.model, name, as: principal, in: reader)
            try access.require(.commitVersion, on: model.reference, as: principal, in: reader)
            return try reader.artifacts(try live(version, of: model, in: reader).id)
        }
        let prepared = try prepare(files, origin: ["upload": version.name])
        return try catalog.write { tx in
            let model = try locate(.model, name, as: principal, in: tx)
            try access.require(.commitVersion, on: model.reference, as: principal, in: tx)
            let found = try live(version, of: model, in: tx)
            guard Blob.treeDigest(try tx.artifacts(found.id)) == prepared.content.digest else {
                throw RegistryError(
                    .conflict, "Files of the live version '\(version)' changed during its commit.", hint: "Try again.")
            }
            if let newVersion, newVersion != version {
                try checkName(newVersion, for: model.reference, in: tx)
                try tx.renameVersion(found.id, to: newVersion, now: time.now())
            }
            let record = try complete(
                found.id, prepared.content, of: model.reference, action: .commitVersion, by: principal, in: tx)
            if let newName, newName != name { try move(model, named: name, to: newName, as: principal, in: tx) }
            return LoggedVersion(modelID: model.id, version: record, isNewModel: false)
        }
    }

    private func insertLive(
        _ name: Identifier, into model: ObjectRef, by principal: Principal, in tx: CatalogTransaction
    ) throws -> VersionRecord {
        try checkName(name, for: model, in: tx)
        let now = time.now()
        let id = try tx.insertVersion(name, of: model.id, state: .live, createdBy: principal.user, now: now)
        try tx.audit(AuditEntry(principal, "ADD LIVE VERSION", model, to: ["version": name.name]), now: now)
        guard let record = try tx.version(id) else { throw RegistryError(.internal, "The catalog lost a version.") }
        return record
    }

    func live(_ version: Identifier, of model: Located, in reader: CatalogReader) throws -> VersionRecord {
        guard let found = try reader.version(version, of: model.id) else {
            throw RegistryError.missing("Version", "\(version)")
        }
        guard found.state == .live else {
            throw RegistryError(
                .failedPrecondition,
                "Version '\(version)' of model '\(model.reference.name)' is committed: its files can't be changed.")
        }
        return found
    }
}
