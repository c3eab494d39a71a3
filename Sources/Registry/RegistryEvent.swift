import Access
package import Store
package import Types

/// Something that happened in the registry, as those who asked are told of it.
///
/// Read from an audit row, so that it is told whichever door made the change, and never of a change that was not made.
package struct RegistryEvent: Sendable {
    package enum Change: Sendable {
        case modelCreated(comment: String, labels: [NamedText])
        case versionCreated(number: Int64, facts: VersionFacts, comment: String, labels: [NamedText])
        case modelLabelSet(NamedText)
        case modelLabelDeleted(String)
        case versionLabelSet(number: Int64, NamedText)
        case versionLabelDeleted(number: Int64, String)
        case aliasSet(String, number: Int64)
        case aliasDeleted(String)
    }

    /// The audit row's number.
    package let sequence: Int64
    /// Milliseconds since 1970.
    package let at: Int64
    package let model: ObjectName
    /// The model's name as it was written, where it differs from the resolved one.
    package let displayName: String?
    /// The model's labels as they are now.
    package let modelLabels: [NamedText]
    package let change: Change

    /// Nil for a row that tells of nothing of the kind.
    init?(_ row: AuditRow, in reader: CatalogReader) throws {
        guard row.objectKind == ObjectKind.model.rawValue, let change = try Self.change(row, in: reader),
            let object = try reader.object(row.objectID), let model = try Self.name(of: object, in: reader)
        else { return nil }
        sequence = row.sequence
        at = row.at
        self.model = model
        displayName = try reader.registeredModel(object.id)?.displayName
        modelLabels = try reader.labels(of: .model, [object.id])[object.id] ?? []
        self.change = change
    }

    /// The labels of a model or version right after a change: those of now with what was done since undone.
    private static func labels(
        _ subject: LabelSubject, after row: AuditRow, version: String?, _ set: String, _ unset: String,
        in reader: CatalogReader
    ) throws -> [NamedText] {
        var labels = Dictionary(
            try reader.labels(of: subject.kind, [subject.id]).values.joined().map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        for change in try changes(since: row, in: reader) where [set, unset].contains(change.action) {
            let (from, to) = (try change.before(), try change.after())
            guard to["version"] == version, let label = to["label"] ?? from["label"] else { continue }
            labels[label] = from["value"]
        }
        return labels.sorted { $0.key < $1.key }.map { NamedText($0.key, $0.value) }
    }

    private static func comment(
        of versionID: Int64, after row: AuditRow, version: String?, in reader: CatalogReader
    ) throws -> String {
        var comment = try reader.version(versionID)?.comment ?? ""
        for change in try changes(since: row, in: reader) where change.action == AuditedChange.setVersionComment {
            guard try change.after()["version"] == version else { continue }
            comment = try change.before()["comment"] ?? ""
        }
        return comment
    }

    /// What was done to the same model since, newest first.
    private static func changes(since row: AuditRow, in reader: CatalogReader) throws -> [AuditRow] {
        try reader.auditRows(of: .model, id: row.objectID).reversed().prefix { $0.sequence > row.sequence }
    }

    private static func name(of object: ObjectRow, in reader: CatalogReader) throws -> ObjectName? {
        guard let schema = try object.parentID.flatMap({ try reader.object($0) }),
            let database = try schema.parentID.flatMap({ try reader.object($0) })
        else { return nil }
        return ObjectName(database.name, schema.name, object.name)
    }

    private static func change(_ row: AuditRow, in reader: CatalogReader) throws -> Change? {
        let (from, to) = (try row.before(), try row.after())
        func number(_ version: String?) throws -> Int64? {
            try version.flatMap { try reader.versionNumber(named: $0, of: row.objectID) }
        }
        switch row.action {
        case Action.createModel.rawValue:
            let labels = try labels(
                .model(row.objectID), after: row, version: nil, AuditedChange.setLabel, AuditedChange.unsetLabel, in: reader)
            return .modelCreated(comment: to["comment"] ?? "", labels: labels)
        case Action.addVersion.rawValue, Action.commitVersion.rawValue:
            guard let number = try to["number"].flatMap(Int64.init) ?? number(to["version"]),
                let id = try reader.versionID(number: number, of: row.objectID)
            else { return nil }
            let labels = try labels(
                .version(id), after: row, version: to["version"], AuditedChange.setVersionLabel,
                AuditedChange.unsetVersionLabel, in: reader)
            return .versionCreated(
                number: number, facts: try reader.facts(of: id),
                comment: try comment(of: id, after: row, version: to["version"], in: reader), labels: labels)
        case AuditedChange.setLabel: return .modelLabelSet(NamedText(to["label"] ?? "", to["value"] ?? ""))
        case AuditedChange.unsetLabel: return .modelLabelDeleted(from["label"] ?? "")
        case AuditedChange.setVersionLabel:
            return try number(to["version"]).map {
                .versionLabelSet(number: $0, NamedText(to["label"] ?? "", to["value"] ?? ""))
            }
        case AuditedChange.unsetVersionLabel:
            return try number(to["version"]).map { .versionLabelDeleted(number: $0, from["label"] ?? "") }
        case AuditedChange.setAlias:
            let alias = to["written"] ?? to["alias"] ?? ""
            return try number(to["version"]).map { .aliasSet(alias, number: $0) }
        case AuditedChange.unsetAlias: return .aliasDeleted(from["written"] ?? from["alias"] ?? "")
        default: return nil
        }
    }
}

/// What audit rows call changes of models that are no statement's own name.
enum AuditedChange {
    static let setAlias = "SET ALIAS"
    static let unsetAlias = "UNSET ALIAS"
    static let setLabel = "SET LABEL"
    static let unsetLabel = "UNSET LABEL"
    static let setVersionLabel = "SET VERSION LABEL"
    static let unsetVersionLabel = "UNSET VERSION LABEL"
    static let setVersionStage = "SET VERSION STAGE"
    static let setVersionComment = "SET VERSION COMMENT"
}
