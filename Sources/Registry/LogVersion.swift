import Access
import Packaging
package import Store
package import Types

/// What CREATE MODEL and ADD VERSION did.
package struct LoggedVersion: Hashable, Sendable {
    package let modelID: Int64
    package let version: VersionRecord
    /// Whether the model was made by this call.
    package let isNewModel: Bool
}

extension ModelRegistry {
    /// Makes a model with its first version, which becomes its default.
    ///
    /// The files of the source become the version's own without being copied. They are read and checked before
    /// anything is written; then one transaction makes model, version, methods, default, grants and audit rows.
    ///
    /// - Parameters:
    ///   - version: nil for a name made from the number: `V1`.
    ///   - session: the session whose temporary stages may be named.
    /// - Returns: nil where the model exists already and `mode` is `ifNotExists`.
    /// - Throws: `alreadyExists`, `notFound`, `permissionDenied`, `invalidPackage`, `limitExceeded`.
    package func createModel(
        _ name: ObjectName, version: Identifier?, from source: VersionSource, mode: CreateMode = .plain,
        comment: String = "", session: Int64? = nil, as principal: Principal
    ) throws -> LoggedVersion? {
        let found = try catalog.read { reader -> (files: [FileRow], origin: [String: String])? in
            let schema = try locateSchema(name.namespace, as: principal, in: reader)
            try access.require(.createModel, on: schema.reference, as: principal, in: reader)
            if mode != .orReplace, try reader.object(.model, name.name, in: schema.id) != nil {
                guard mode == .ifNotExists else { throw RegistryError.exists("Model", name.description) }
                return nil
            }
            return try files(of: source, session: session, as: principal, in: reader)
        }
        guard let found else { return nil }
        let prepared = try prepare(found.files, origin: found.origin)
        return try catalog.write { tx in
            try recheck(prepared, source, session: session, as: principal, in: tx)
            guard let created = try makeModel(name, mode: mode, comment: comment, as: principal, in: tx) else {
                return nil
            }
            let model = ObjectRef(.model, created.id, name: name.description)
            let record = try insert(prepared, as: version, into: model, by: principal, in: tx)
            return LoggedVersion(modelID: created.id, version: record, isNewModel: true)
        }
    }

    /// Adds a version to a model. The default version stays what it is.
    ///
    /// - Parameters and errors: as ``createModel(_:version:from:mode:comment:session:as:)``.
    package func addVersion(
        _ version: Identifier?, to name: ObjectName, from source: VersionSource, session: Int64? = nil,
        as principal: Principal
    ) throws -> LoggedVersion {
        let found = try catalog.read { reader in
            let model = try locate(.model, name, as: principal, in: reader)
            try access.require(.addVersion, on: model.reference, as: principal, in: reader)
            if let version { try checkName(version, for: model.reference, in: reader) }
            return try files(of: source, session: session, as: principal, in: reader)
        }
        let prepared = try prepare(found.files, origin: found.origin)
        return try catalog.write { tx in
            try recheck(prepared, source, session: session, as: principal, in: tx)
            let model = try locate(.model, name, as: principal, in: tx)
            try access.require(.addVersion, on: model.reference, as: principal, in: tx)
            let record = try insert(prepared, as: version, into: model.reference, by: principal, in: tx)
            return LoggedVersion(modelID: model.id, version: record, isNewModel: false)
        }
    }

    /// - Parameter displayName: the name as its client wrote it; nil for what the name is written as.
    func makeModel(
        _ name: ObjectName, displayName: String? = nil, mode: CreateMode, comment: String, as principal: Principal,
        in tx: CatalogTransaction
    ) throws -> Created? {
        let schema = try locateSchema(name.namespace, as: principal, in: tx)
        let new = NewObject(
            kind: .model, name: name.name, qualifiedName: name.description, parent: schema.reference,
            comment: comment, mode: mode, create: .createModel, drop: .dropModel)
        let created = try create(new, as: principal, in: tx) {
            try tx.insertModel($0, displayName: displayName ?? name.name.written)
        }
        if created.isNew { try requireRoom(around: created.id, in: tx) }
        return created.isNew ? created : nil
    }

    func insert(
        _ prepared: PreparedVersion, as name: Identifier?, into model: ObjectRef, by principal: Principal,
        in tx: CatalogTransaction
    ) throws -> VersionRecord {
        let name = try name ?? freeName(in: model.id, tx)
        try checkName(name, for: model, in: tx)
        let now = time.now()
        let id = try tx.insertVersion(
            name, of: model.id, state: .committed, createdBy: principal.user, now: now)
        for file in prepared.files { try tx.putArtifact(id, path: file.path, blob: file.blob, now: now) }
        return try complete(id, prepared.content, of: model, action: .addVersion, by: principal, in: tx)
    }

    /// Commits a version's content; the model's first version becomes its default.
    func complete(
        _ id: Int64, _ content: VersionContent, of model: ObjectRef, action: Action, by principal: Principal,
        in tx: CatalogTransaction
    ) throws -> VersionRecord {
        let now = time.now()
        try tx.commitVersion(id, content, now: now)
        let isFirst = try tx.defaultVersionID(model.id) == nil
        if isFirst { try tx.setDefaultVersion(model.id, to: id, now: now) }
        guard let record = try tx.version(id) else { throw RegistryError(.internal, "The catalog lost a version.") }
        var facts = [
            "version": record.name.name, "number": "\(record.number)", "digest": record.digest,
            "source": record.source,
        ]
        if isFirst { facts["default"] = record.name.name }
        try tx.audit(AuditEntry(principal, action.rawValue, model, to: facts), now: now)
        try requireRoom(around: model.id, in: tx)
        return record
    }

    /// `V<number>`, with a suffix where a version or alias has that name.
    private func freeName(in modelID: Int64, _ tx: CatalogTransaction) throws -> Identifier {
        let base = "V\(try tx.nextVersionNumber(modelID))"
        var name = Identifier(resolved: base)
        var suffix = 1
        while try tx.version(name, of: modelID) != nil || tx.alias(name, of: modelID) != nil {
            suffix += 1
            name = Identifier(resolved: "\(base)_\(suffix)")
        }
        return name
    }

    /// The rules for a new version's name: free among versions and aliases, not one of the system's words.
    func checkName(_ name: Identifier, for model: ObjectRef, in reader: CatalogReader) throws {
        guard SystemAlias(name) == nil else {
            throw RegistryError(
                .invalidArgument, "A version can't be called '\(name)': it is an alias of the system.")
        }
        guard try reader.version(name, of: model.id) == nil else {
            throw RegistryError(
                .alreadyExists, "Version '\(name)' of model '\(model.name)' already exists.",
                detail: ["kind": "Version", "name": name.name])
        }
        guard try reader.alias(name, of: model.id) == nil else {
            throw RegistryError(
                .alreadyExists, "An alias '\(name)' of model '\(model.name)' already exists.",
                hint: "A version can't have the name of an alias.")
        }
        try PackageLimits.check(
            try reader.versionCount(model.id) + 1, "versions of model '\(model.name)'",
            atMost: limits.versionsPerModel, setting: "limit-versions-per-model")
    }
}

/// The aliases that every model has.
///
/// Source: https://docs.snowflake.com/en/sql-reference/sql/alter-model
package enum SystemAlias: String, Sendable, CaseIterable {
    case `default` = "DEFAULT"
    case first = "FIRST"
    case last = "LAST"

    init?(_ name: Identifier) { self.init(rawValue: name.name) }
}
