import Access
import Foundation
import Store
package import Types

/// One change of one field of a model: who did it, when, and what was before and is after.
package struct ModelChange: Hashable, Sendable {
    /// The number of the audit row that tells it.
    package let sequence: Int64
    /// Milliseconds since 1970.
    package let at: Int64
    package let user: String
    package let role: String
    /// The statement's kind: `SET ALIAS`.
    package let action: String
    /// The statement's id, `""` where there was none.
    package let queryID: String
    /// What the model is called now, or was when it was dropped.
    package let model: ObjectName
    package var version: String?
    /// `MODEL`, `VERSION`, `ALIAS`, `DEFAULT_VERSION`, `COMMENT`, `TAG`, `METADATA`, `METRIC`, `OWNER`, `PRIVILEGE`, ….
    package var field: String
    /// Which alias, tag, metric or role, where the field has several.
    package var key: String?
    package var from: String?
    package var to: String?
}

extension ModelRegistry {
    /// Every change of the models in a database, dropped ones included, that the principal may see, oldest first.
    package func modelHistory(inDatabase name: Identifier, as principal: Principal) throws -> [ModelChange] {
        try catalog.read { reader in
            let database = try locateDatabase(name, in: reader)
            try access.requireVisible(database.reference, as: principal, in: reader)
            var viewer = try access.viewer(principal, in: reader)
            var models: [Int64: ObjectName] = [:]
            for listed in try reader.modelsEver(in: database.id) where try viewer.sees(listed.object, in: reader) {
                models[listed.object.id] = ObjectName(listed.database, listed.schema, listed.object.name)
            }
            return try reader.auditRows(of: .model).flatMap { row in
                try models[row.objectID].map { try ModelChange.all(row, of: $0) } ?? []
            }
        }
    }

    /// Every change of one model, oldest first.
    package func modelHistory(of name: ObjectName, as principal: Principal) throws -> [ModelChange] {
        try catalog.read { reader in
            let model = try locate(.model, name, as: principal, in: reader)
            try access.requireVisible(model.reference, as: principal, in: reader)
            return try reader.auditRows(of: .model, id: model.id).flatMap { try ModelChange.all($0, of: name) }
        }
    }
}

extension ModelChange {
    /// An audit row of a model as changes of single fields.
    static func all(_ row: AuditRow, of model: ObjectName) throws -> [ModelChange] {
        let (from, to) = (try row.before(), try row.after())
        func change(
            _ field: String, key: String? = nil, version: String? = nil, _ before: String?, _ after: String?
        ) -> ModelChange {
            ModelChange(
                sequence: row.sequence, at: row.at, user: row.user, role: row.role, action: row.action,
                queryID: row.queryID, model: model, version: version, field: field, key: key, from: before, to: after)
        }
        switch row.action {
        case "CREATE MODEL":
            return [change("MODEL", nil, row.objectName)]
                + ["owner", "comment", "grants"].compactMap { field in
                    to[field].map { change(field == "grants" ? "PRIVILEGE" : field.uppercased(), nil, $0) }
                }
        case "DROP MODEL", "DROP": return [change("MODEL", row.objectName, nil)]
        case "UNDROP MODEL": return [change("MODEL", nil, row.objectName)]
        case "RENAME": return [change("NAME", from["name"], to["name"])]
        case "ADD VERSION", "COMMIT VERSION":
            let version = to["version"]
            return [change("VERSION", version: version, nil, version)]
                + (to["default"].map { [change("DEFAULT_VERSION", version: $0, nil, $0)] } ?? [])
        case "DROP VERSION":
            let version = from["version"]
            return try AuditRow.list(from["aliases"]).map { change("ALIAS", key: $0, version: version, version, nil) }
                + (from["default"].map { [change("DEFAULT_VERSION", version: version, $0, to["default"])] } ?? [])
                + [change("VERSION", version: version, version, nil)]
        case "SET ALIAS":
            return [change("ALIAS", key: to["alias"], version: to["version"], from["version"], to["version"])]
        case "UNSET ALIAS":
            return [change("ALIAS", key: from["alias"], version: from["version"], from["version"], nil)]
        case "SET DEFAULT_VERSION":
            return [change("DEFAULT_VERSION", version: to["default"], from["default"], to["default"])]
        case "SET METADATA":
            let metrics = Self.metrics(from["metadata"], to["metadata"]).map {
                change("METRIC", key: $0.name, version: to["version"], $0.from, $0.to)
            }
            return [change("METADATA", version: to["version"], from["metadata"], to["metadata"])] + metrics
        case "SET TAG", "UNSET TAG":
            return [change("TAG", key: from["tag"] ?? to["tag"], from["value"], to["value"])]
        case AuditedChange.setLabel, AuditedChange.setVersionLabel:
            return [change("LABEL", key: to["label"], version: to["version"], from["value"], to["value"])]
        case AuditedChange.unsetLabel, AuditedChange.unsetVersionLabel:
            return [change("LABEL", key: from["label"], version: to["version"], from["value"], nil)]
        case "GRANT", "REVOKE":
            return [change("PRIVILEGE", key: from["role"] ?? to["role"], from["privileges"], to["privileges"])]
        default:
            let fields = Set(from.keys).union(to.keys).subtracting(["version"]).sorted()
            return fields.map {
                change($0.uppercased(), version: to["version"] ?? from["version"], from[$0], to[$0])
            }
        }
    }

    /// The metrics that differ between two texts of metadata, by their names. None where a text can't be read.
    private static func metrics(
        _ before: String?, _ after: String?
    ) -> [(name: String, from: String?, to: String?)] {
        func metrics(_ text: String?) -> [String: String]? {
            guard let text else { return [:] }
            guard let all = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else {
                return nil
            }
            return ((all["metrics"] as? [String: Any]) ?? [:]).compactMapValues { value in
                (try? JSONSerialization.data(
                    withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes])
                ).map { String(decoding: $0, as: UTF8.self) }
            }
        }
        guard let from = metrics(before), let to = metrics(after) else { return [] }
        return Set(from.keys).union(to.keys).sorted().filter { from[$0] != to[$0] }.map { ($0, from[$0], to[$0]) }
    }
}
