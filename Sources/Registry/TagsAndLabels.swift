import Access
import Store
import Types

/// One set of tags for both protocols: TAG objects that are set on a model, and the free labels of MLflow's clients.
///
/// A label counts as a tag of the model's schema: `team` is what SQL calls TEAM. Where the schema has such a tag, MLflow's
/// clients set the tag, with its rules; else they set a label.
extension ModelRegistry {
    /// The TAG object that a label's name means, where the principal sees one.
    func tag(
        named label: String, for model: Located, as principal: Principal, in reader: CatalogReader
    ) throws -> ObjectName? {
        guard !label.isEmpty, let schemaID = model.row.parentID,
            let row = try reader.object(.tag, Identifier(written: label), in: schemaID),
            let schema = try reader.object(schemaID), let databaseID = schema.parentID,
            let database = try reader.object(databaseID)
        else { return nil }
        var viewer = try access.viewer(principal, in: reader)
        guard try viewer.sees(row, in: reader) else { return nil }
        return ObjectName(database.name, schema.name, row.name)
    }

    /// The labels of a model as SQL sees them: tags of the model's schema.
    func labelsAsTags(of model: Located, named name: ObjectName, in reader: CatalogReader) throws -> [TagReference] {
        guard model.row.kind == .model else { return [] }
        return try reader.labels(of: .model, [model.id])[model.id, default: []].map { label in
            TagReference(tag: ObjectName(name.namespace, Identifier(written: label.name)), value: label.value)
        }
    }

    /// Takes the labels off a model that SQL sees as this tag.
    ///
    /// - Returns: whether there was one.
    func removeLabels(
        _ tag: Identifier, of model: Located, as principal: Principal, in tx: CatalogTransaction
    ) throws -> Bool {
        guard model.row.kind == .model else { return false }
        let labels = try tx.labels(of: .model, [model.id])[model.id, default: []].filter {
            Identifier(written: $0.name) == tag
        }
        let now = time.now()
        for label in labels {
            _ = try tx.deleteLabel(label.name, of: .model(model.id))
            let entry = AuditEntry(
                principal, AuditedChange.unsetLabel, model.reference, from: ["label": label.name, "value": label.value])
            try tx.audit(entry, now: now)
        }
        if !labels.isEmpty { try tx.touch(model.id, now: now) }
        return !labels.isEmpty
    }
}
