import Access
package import Store
package import Types

/// A registered model as MLflow's clients see it.
package struct RegisteredModel: Sendable {
    package let row: RegisteredModelRow
    package let labels: [NamedText]
    package let aliases: [ShownAlias]
    /// The newest version of each stage.
    package let latest: [RegisteredVersion]
}

/// A version as MLflow's clients see it.
package struct RegisteredVersion: Sendable {
    package let model: RegisteredModelRow
    package let row: RegisteredVersionRow
    package let labels: [NamedText]
    package let aliases: [String]

    package var facts: VersionFacts { row.facts }
}

/// The registry in MLflow's words: models that may have no version yet, versions by number, stages, labels.
extension ModelRegistry {
    /// Makes a model without a version.
    ///
    /// - Parameter displayName: the name as its client wrote it.
    @discardableResult
    package func registerModel(
        _ name: ObjectName, displayName: String, comment: String, labels: [NamedText], as principal: Principal
    ) throws -> RegisteredModel {
        try catalog.write { tx in
            let created = try makeModel(
                name, displayName: displayName, mode: .plain, comment: comment, as: principal, in: tx)
            guard let created else { throw RegistryError.exists("Model", name.description) }
            for label in labels { try tx.setLabel(label, on: .model(created.id)) }
            return try registeredModel(created.id, name, in: tx)
        }
    }

    package func registeredModel(_ name: ObjectName, as principal: Principal) throws -> RegisteredModel {
        try catalog.read { reader in
            try registeredModel(try visible(name, as: principal, in: reader).id, name, in: reader)
        }
    }

    private func registeredModel(_ id: Int64, _ name: ObjectName, in reader: CatalogReader) throws -> RegisteredModel {
        guard let row = try reader.registeredModel(id), let model = try complete([row], in: reader).first else {
            throw RegistryError.missing("Model", name.description)
        }
        return model
    }

    private func visibleModel(
        _ name: ObjectName, as principal: Principal, in reader: CatalogReader
    ) throws -> RegisteredModelRow {
        guard let row = try reader.registeredModel(try visible(name, as: principal, in: reader).id) else {
            throw RegistryError.missing("Model", name.description)
        }
        return row
    }

    private func visible(_ name: ObjectName, as principal: Principal, in reader: CatalogReader) throws -> Located {
        let found = try locate(.model, name, as: principal, in: reader)
        try access.requireVisible(found.reference, as: principal, in: reader)
        return found
    }

    /// Adds labels, aliases and latest versions, with five queries for every 128 models.
    func complete(_ models: [RegisteredModelRow], in reader: CatalogReader) throws -> [RegisteredModel] {
        let ids = models.map(\.id)
        let labels = try reader.labels(of: .model, ids)
        let tags = try reader.tagReferences(on: ids)
        let aliases = try reader.shownAliases(of: ids)
        let latest = try reader.latestVersions(of: ids)
        let versionLabels = try reader.labels(of: .version, latest.map(\.id))
        let latestOfModel = Dictionary(grouping: latest, by: \.modelID)
        return models.map { model in
            let aliases = aliases[model.id] ?? []
            let latest = (latestOfModel[model.id] ?? []).map { version in
                RegisteredVersion(
                    model: model, row: version, labels: versionLabels[version.id] ?? [],
                    aliases: aliases.filter { $0.versionID == version.id }.map(\.name))
            }
            return RegisteredModel(
                row: model, labels: (labels[model.id] ?? []) + Self.asLabels(tags[model.id] ?? [], of: model),
                aliases: aliases, latest: latest)
        }
    }

    /// Tags as MLflow's clients see them: those of another schema by their full names.
    private static func asLabels(_ tags: [TagReference], of model: RegisteredModelRow) -> [NamedText] {
        tags.map { reference in
            let isNear = reference.tag.namespace == model.name.namespace
            return NamedText(isNear ? reference.tag.name.written : reference.tag.description, reference.value)
        }
    }

    /// Adds labels and aliases, with two queries for every 128 versions.
    func complete(
        _ versions: [(version: RegisteredVersionRow, model: RegisteredModelRow)], in reader: CatalogReader
    ) throws -> [RegisteredVersion] {
        let labels = try reader.labels(of: .version, versions.map(\.version.id))
        let aliases = try reader.shownAliases(of: Array(Set(versions.map(\.model.id))).sorted())
        return versions.map { version, model in
            RegisteredVersion(
                model: model, row: version, labels: labels[version.id] ?? [],
                aliases: (aliases[model.id] ?? []).filter { $0.versionID == version.id }.map(\.name))
        }
    }

    package func setLabel(_ label: NamedText, on name: ObjectName, as principal: Principal) throws {
        if let tag = try tag(named: label.name, on: name, as: principal) {
            return try setTag(tag, to: label.value, on: .model, name, as: principal)
        }
        try changeModel(name, .alterModel, audited: AuditedChange.setLabel, as: principal) { model, tx, now in
            let before = try tx.label(label.name, of: .model(model.id))
            try tx.setLabel(label, on: .model(model.id))
            try tx.touch(model.id, now: now)
            return ["label": (nil, label.name), "value": (before, label.value)]
        }
    }

    package func deleteLabel(_ label: String, of name: ObjectName, as principal: Principal) throws {
        if let tag = try tag(named: label, on: name, as: principal) {
            return try unsetTag(tag, on: .model, name, as: principal)
        }
        try changeModel(name, .alterModel, audited: AuditedChange.unsetLabel, as: principal) { model, tx, now in
            let before = try tx.label(label, of: .model(model.id))
            _ = try tx.deleteLabel(label, of: .model(model.id))
            try tx.touch(model.id, now: now)
            return ["label": (label, nil), "value": (before, nil)]
        }
    }

    private func tag(named label: String, on name: ObjectName, as principal: Principal) throws -> ObjectName? {
        try catalog.read { reader in
            let model = try visible(name, as: principal, in: reader)
            return try tag(named: label, for: model, as: principal, in: reader)
        }
    }

    // MARK: Versions

    /// Adds a version made of files that the store holds already.
    ///
    /// - Parameters:
    ///   - files: the version's files; none for a version that only points somewhere else.
    ///   - origin: where they come from, for the catalog.
    ///   - metrics: what was measured of it, which SQL's clients find in its metadata.
    package func registerVersion(
        of name: ObjectName, files: [FileRow], facts: VersionFacts, comment: String, labels: [NamedText],
        origin: [String: String], metrics: [(name: String, value: Double)] = [], as principal: Principal
    ) throws -> RegisteredVersion {
        let isPackage = files.contains { $0.path == "MANIFEST.yml" || $0.path == "MLmodel" }
        let prepared = try isPackage ? prepare(files, origin: origin) : plain(files, origin: origin)
        return try catalog.write { tx in
            let model = try locate(.model, name, as: principal, in: tx)
            try access.require(.addVersion, on: model.reference, as: principal, in: tx)
            // What the source had when it was read may have been collected with it since.
            guard try prepared.files.allSatisfy({ try tx.knowsBlob($0.blob.digest) }) else {
                throw RegistryError(.conflict, "The files of the source are gone meanwhile.", hint: "Try again.")
            }
            let record = try insert(prepared, as: nil, into: model.reference, by: principal, in: tx)
            try tx.setFacts(facts, of: record.id)
            let measured = try MetadataText.withMetrics(metrics, atMost: limits.metadataBytes)
            try tx.setVersionMetadata(record.id, measured, now: time.now())
            if !comment.isEmpty { try tx.setVersionComment(record.id, comment, now: time.now()) }
            for label in labels { try tx.setLabel(label, on: .version(record.id)) }
            try tx.touch(model.id, now: time.now())
            guard let row = try tx.registeredModel(model.id),
                let version = try tx.registeredVersion(number: record.number, of: model.id),
                let made = try complete([(version, row)], in: tx).first
            else { throw missingVersion(record.number, of: name) }
            return made
        }
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
            let model = try visibleModel(name, as: principal, in: reader)
            guard let version = try reader.registeredVersion(number: number, of: model.id),
                let complete = try complete([(version, model)], in: reader).first
            else { throw missingVersion(number, of: name) }
            return complete
        }
    }

    /// The version that an alias points to; nil where the model has no such alias.
    package func registeredVersion(
        at alias: Identifier, of name: ObjectName, as principal: Principal
    ) throws -> RegisteredVersion? {
        try catalog.read { reader in
            let model = try visibleModel(name, as: principal, in: reader)
            guard let version = try reader.registeredVersion(at: alias, of: model.id) else { return nil }
            return try complete([(version, model)], in: reader).first
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
            let isDefault = try tx.defaultVersionID(model.id) == record.id
            let next = try tx.versions(of: model.id).last { $0.id != record.id }
            if isDefault { try tx.replaceDefaultVersion(model.id, by: next?.id) }
            var change = try drop(record, in: tx, now: now)
            if isDefault { change["default"] = (record.name.name, next?.name.name) }
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
        guard let id = try reader.registeredVersion(number: number, of: model.id)?.id, let record = try reader.version(id)
        else {
            throw missingVersion(number, of: model.reference.name)
        }
        return record
    }

    private func missingVersion(_ number: Int64, of model: some CustomStringConvertible) -> RegistryError {
        RegistryError(
            .notFound, "Model Version (name=\(model), version=\(number)) not found",
            detail: ["kind": "Version", "name": "\(number)"])
    }
}
