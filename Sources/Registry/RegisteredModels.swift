import Access
package import Store
package import Types

/// A registered model as MLflow's clients see it.
package struct RegisteredModel: Sendable {
    package let name: ObjectName
    /// The name as it was written, where it differs from the resolved one.
    package let displayName: String?
    package let record: ModelRecord
    package let labels: [NamedText]
    /// Aliases as written, with the number of their version.
    package let aliases: [(name: String, number: Int64)]
    /// The newest version of each stage.
    package let latest: [RegisteredVersion]
}

/// A version as MLflow's clients see it.
package struct RegisteredVersion: Sendable {
    package let model: ObjectName
    package let displayName: String?
    package let record: VersionRecord
    package let facts: VersionFacts
    package let labels: [NamedText]
    package let aliases: [String]
}

/// The registry in MLflow's words: models that may have no version yet, versions by number, stages, labels.
extension ModelRegistry {
    /// Makes a model without a version.
    ///
    /// - Parameter displayName: the name as it was written, where it differs from the resolved one.
    package func registerModel(
        _ name: ObjectName, displayName: String?, comment: String, labels: [NamedText], as principal: Principal
    ) throws {
        try catalog.write { tx in
            guard let created = try makeModel(name, mode: .plain, comment: comment, as: principal, in: tx) else {
                throw RegistryError.exists("Model", name.description)
            }
            try tx.setDisplayName(displayName, of: created.id)
            for label in labels { try tx.setLabel(label, on: .model(created.id)) }
        }
    }

    package func setDisplayName(_ displayName: String?, of name: ObjectName, as principal: Principal) throws {
        try changeModel(name, .alterModel, audited: "SET DISPLAY NAME", as: principal) { model, tx, _ in
            try tx.setDisplayName(displayName, of: model.id)
            return ["display_name": (nil, displayName)]
        }
    }

    package func registeredModel(_ name: ObjectName, as principal: Principal) throws -> RegisteredModel {
        try catalog.read { reader in
            let found = try locate(.model, name, as: principal, in: reader)
            try access.requireVisible(found.reference, as: principal, in: reader)
            let listed = ListedObject(object: found.row, database: name.database, schema: name.schema)
            guard let record = try reader.models([listed]).first else {
                throw RegistryError.missing("Model", name.description)
            }
            return try complete(record, in: reader)
        }
    }

    /// The models that the principal may see, those without a version among them.
    package func registeredModels(in scope: Scope, as principal: Principal) throws -> [RegisteredModel] {
        try catalog.read { reader in
            let listed = try list([.model], in: scope, ShowFilter(), as: principal, in: reader)
            return try reader.models(listed).map { try complete($0, in: reader) }
        }
    }

    func complete(_ record: ModelRecord, in reader: CatalogReader) throws -> RegisteredModel {
        let id = record.object.id
        let name = ObjectName(record.database, record.schema, record.object.name)
        let shown = try reader.displayName(of: id)
        let records = try reader.versions(of: id)
        let numbers = Dictionary(records.map { ($0.id, $0.number) }, uniquingKeysWith: { first, _ in first })
        let aliases = try reader.shownAliases(of: id)
        var newest: [String: VersionRecord] = [:]
        for record in records { newest[try reader.facts(of: record.id).stage] = record }
        let latest = try newest.sorted { $0.key < $1.key }.map {
            try complete($0.value, of: name, shown: shown, aliases: aliases, in: reader)
        }
        return RegisteredModel(
            name: name, displayName: shown, record: record, labels: try reader.labels(of: .model(id)),
            aliases: aliases.compactMap { alias in numbers[alias.versionID].map { (alias.name, $0) } }, latest: latest)
    }

    func complete(
        _ record: VersionRecord, of name: ObjectName, shown: String?, aliases: [(name: String, versionID: Int64)],
        in reader: CatalogReader
    ) throws -> RegisteredVersion {
        RegisteredVersion(
            model: name, displayName: shown, record: record, facts: try reader.facts(of: record.id),
            labels: try reader.labels(of: .version(record.id)),
            aliases: aliases.filter { $0.versionID == record.id }.map(\.name))
    }

    package func setLabel(_ label: NamedText, on name: ObjectName, as principal: Principal) throws {
        try changeModel(name, .alterModel, audited: AuditedChange.setLabel, as: principal) { model, tx, now in
            let before = try tx.label(label.name, of: .model(model.id))
            try tx.setLabel(label, on: .model(model.id))
            try tx.touch(model.id, now: now)
            return ["label": (nil, label.name), "value": (before, label.value)]
        }
    }

    package func deleteLabel(_ label: String, of name: ObjectName, as principal: Principal) throws {
        try changeModel(name, .alterModel, audited: AuditedChange.unsetLabel, as: principal) { model, tx, now in
            let before = try tx.label(label, of: .model(model.id))
            _ = try tx.deleteLabel(label, of: .model(model.id))
            try tx.touch(model.id, now: now)
            return ["label": (label, nil), "value": (before, nil)]
        }
    }

    // MARK: Versions

    /// Adds a version made of files that the store holds already.
    ///
    /// - Parameters:
    ///   - files: the version's files; none for a version that only points somewhere else.
    ///   - origin: where they come from, for the catalog.
    package func registerVersion(
        of name: ObjectName, files: [FileRow], facts: VersionFacts, comment: String, labels: [NamedText],
        origin: [String: String], as principal: Principal
    ) throws -> RegisteredVersion {
        let isPackage = files.contains { $0.path == "MANIFEST.yml" || $0.path == "MLmodel" }
        let prepared = try isPackage ? prepare(files, origin: origin) : plain(files, origin: origin)
        let id = try catalog.write { tx -> Int64 in
            let model = try locate(.model, name, as: principal, in: tx)
            try access.require(.addVersion, on: model.reference, as: principal, in: tx)
            let record = try insert(prepared, as: nil, into: model.reference, by: principal, in: tx)
            try tx.setFacts(facts, of: record.id)
            if !comment.isEmpty { try tx.setVersionComment(record.id, comment, now: time.now()) }
            for label in labels { try tx.setLabel(label, on: .version(record.id)) }
            try tx.touch(model.id, now: time.now())
            return record.number
        }
        return try registeredVersion(id, of: name, as: principal)
    }

    /// A version of files that are no package: it can be fetched and not be run.
    private func plain(_ files: [FileRow], origin: [String: String]) throws -> PreparedVersion {
        var content = VersionContent()
        content.source = try json(origin)
        content.digest = Blob.treeDigest(files)
        content.size = files.reduce(0) { $0 + $1.blob.size }
        content.attributes = try json(["framework": "mlflow", "task": "UNKNOWN"])
        return PreparedVersion(files: files, content: content)
    }

    package func registeredVersion(
        _ number: Int64, of name: ObjectName, as principal: Principal
    ) throws -> RegisteredVersion {
        try catalog.read { reader in
            let model = try locate(.model, name, as: principal, in: reader)
            try access.requireVisible(model.reference, as: principal, in: reader)
            return try complete(
                try find(number, of: model, in: reader), of: name, shown: try reader.displayName(of: model.id),
                aliases: try reader.shownAliases(of: model.id), in: reader)
        }
    }

    /// All versions of a model, oldest first.
    package func registeredVersions(of name: ObjectName, as principal: Principal) throws -> [RegisteredVersion] {
        try catalog.read { reader in
            let model = try locate(.model, name, as: principal, in: reader)
            try access.requireVisible(model.reference, as: principal, in: reader)
            let shown = try reader.displayName(of: model.id)
            let aliases = try reader.shownAliases(of: model.id)
            return try reader.versions(of: model.id).map {
                try complete($0, of: name, shown: shown, aliases: aliases, in: reader)
            }
        }
    }

    /// The number of the version that an alias points to; nil where the model has no such alias.
    package func aliasedVersion(_ alias: Identifier, of name: ObjectName, as principal: Principal) throws -> Int64? {
        try catalog.read { reader in
            let model = try locate(.model, name, as: principal, in: reader)
            try access.requireVisible(model.reference, as: principal, in: reader)
            return try reader.alias(alias, of: model.id).flatMap { try reader.version($0)?.number }
        }
    }

    /// Points an alias to a version by number, and keeps how it was written.
    package func setAlias(
        _ alias: Identifier, displayName: String?, toNumber number: Int64, of name: ObjectName, as principal: Principal
    ) throws {
        try setAlias(alias, shown: displayName ?? alias.name, of: name, as: principal) { model, tx in
            try find(number, of: model, in: tx)
        }
    }

    package func setVersionComment(
        _ comment: String, ofNumber number: Int64, of name: ObjectName, as principal: Principal
    ) throws {
        try changeVersion(number, of: name, audited: AuditedChange.setVersionComment, as: principal) { record, tx, now in
            try tx.setVersionComment(record.id, comment, now: now)
            return ["comment": (record.comment, comment)]
        }
    }

    package func setLabel(
        _ label: NamedText, onNumber number: Int64, of name: ObjectName, as principal: Principal
    ) throws {
        try changeVersion(number, of: name, audited: AuditedChange.setVersionLabel, as: principal) { record, tx, _ in
            let before = try tx.label(label.name, of: .version(record.id))
            try tx.setLabel(label, on: .version(record.id))
            return ["label": (nil, label.name), "value": (before, label.value)]
        }
    }

    package func deleteLabel(
        _ label: String, ofNumber number: Int64, of name: ObjectName, as principal: Principal
    ) throws {
        try changeVersion(number, of: name, audited: AuditedChange.unsetVersionLabel, as: principal) { record, tx, _ in
            let before = try tx.label(label, of: .version(record.id))
            _ = try tx.deleteLabel(label, of: .version(record.id))
            return ["label": (label, nil), "value": (before, nil)]
        }
    }

    /// Moves a version to a stage.
    ///
    /// - Parameter archivingOthers: whether the versions that are in that stage now are archived.
    package func setStage(
        _ stage: String, ofNumber number: Int64, of name: ObjectName, archivingOthers: Bool, as principal: Principal
    ) throws {
        try changeVersion(number, of: name, audited: AuditedChange.setVersionStage, as: principal) { record, tx, now in
            let before = try move(record, to: stage, in: tx)
            var archived: [String] = []
            if archivingOthers {
                for other in try tx.versions(of: record.modelID) where other.id != record.id {
                    guard try tx.facts(of: other.id).stage == stage else { continue }
                    _ = try move(other, to: "Archived", in: tx)
                    try tx.touch(record.modelID, version: other.id, now: now)
                    archived.append(other.name.name)
                }
            }
            return ["stage": (before, stage), "archived": (nil, archived.isEmpty ? nil : try json(archived))]
        }
    }

    /// - Returns: the stage that it was in.
    private func move(_ record: VersionRecord, to stage: String, in tx: CatalogTransaction) throws -> String {
        var facts = try tx.facts(of: record.id)
        let before = facts.stage
        facts.stage = stage
        try tx.setFacts(facts, of: record.id)
        return before
    }

    private func changeVersion(
        _ number: Int64, of name: ObjectName, audited: String, as principal: Principal,
        _ body: (VersionRecord, CatalogTransaction, Int64) throws -> [String: (from: String?, to: String?)]
    ) throws {
        try changeModel(name, .alterVersion, audited: audited, as: principal) { model, tx, now in
            let record = try find(number, of: model, in: tx)
            var change = try body(record, tx, now)
            change["version"] = (nil, record.name.name)
            try tx.touch(model.id, version: record.id, now: now)
            return change
        }
    }

    /// Drops a version by number. Where it is the default, the newest of the others becomes it, or none.
    package func dropVersion(number: Int64, of name: ObjectName, as principal: Principal) throws {
        try changeModel(name, .dropVersion, as: principal) { model, tx, now in
            let record = try find(number, of: model, in: tx)
            var change: [String: (from: String?, to: String?)] = ["version": (record.name.name, nil)]
            if try tx.defaultVersionID(model.id) == record.id {
                let next = try tx.versions(of: model.id).last { $0.id != record.id }
                try tx.replaceDefaultVersion(model.id, by: next?.id)
                change["default"] = (record.name.name, next?.name.name)
            }
            let aliases = try tx.dropVersion(record.id, now: now)
            change["aliases"] = (aliases.isEmpty ? nil : try json(aliases), nil)
            try tx.touch(model.id, now: now)
            return change
        }
    }

    /// The files of a version by its id, for who may read them.
    package func versionFiles(
        _ id: Int64, below path: String = "", as principal: Principal
    ) throws -> (version: VersionRecord, files: [FileRow]) {
        try catalog.read { reader in
            guard let record = try reader.version(id), record.droppedOn == nil,
                let object = try reader.object(record.modelID), object.droppedOn == nil
            else { throw RegistryError(.notFound, "Version \(id) does not exist.") }
            let model = try reader.reference(object)
            try access.require(.readModelFiles, on: model, as: principal, in: reader)
            return (record, try reader.artifacts(id, below: path))
        }
    }

    private func find(_ number: Int64, of model: Located, in reader: CatalogReader) throws -> VersionRecord {
        guard let record = try reader.version(number: number, of: model.id) else {
            throw RegistryError(
                .notFound, "Model Version (name=\(model.reference.name), version=\(number)) not found",
                detail: ["kind": "Version", "name": "\(number)"])
        }
        return record
    }
}
