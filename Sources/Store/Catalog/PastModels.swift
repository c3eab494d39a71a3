package import Types

/// The past of models: the present rows with the changes since then undone, as the audit log has them.
///
/// A moment is in milliseconds since 1970; what happened in that millisecond counts.
extension CatalogReader {
    /// What undoing needs; the other actions are told by the rows' own times.
    private static let undone = [
        "SET ALIAS", "UNSET ALIAS", "SET DEFAULT_VERSION", "SET COMMENT", "RENAME", "GRANT OWNERSHIP", "DROP VERSION",
        "DROP MODEL", "UNDROP MODEL",
    ]
    private static let undoneOfVersions = ["SET VERSION COMMENT", "SET METADATA"]

    /// The changes of one model (nil: of all) after a moment, newest first.
    private func changes(
        after moment: Int64, of modelID: Int64?, _ actions: [String]
    ) throws -> [AuditRow] {
        let list = actions.map { "'\($0)'" }.joined(separator: ", ")
        let one = modelID == nil ? "" : " AND object_id = $2"
        return try rows(
            """
            SELECT \(AuditRow.columns) FROM audit
            WHERE object_kind = 'MODEL' AND at > $1\(one) AND action IN (\(list)) ORDER BY seq DESC
            """, [.int(moment)] + (modelID.map { [.int($0)] } ?? [])
        ).map(AuditRow.init)
    }

    /// The models that there were at a moment, by database, schema and name as they were called then. Those in schemas
    /// or databases that are dropped now are left out, and those without a committed version.
    ///
    /// - Parameters:
    ///   - limit: most models that are told.
    ///   - keep: whether to list a model that lay in the schema of this id; the row is the present one.
    package func models(
        asOf moment: Int64, names: NameFilter, limit: Int = .max,
        keep: (_ now: ObjectRow, _ schemaThen: Int64) throws -> Bool
    ) throws -> [ModelRecord] {
        var changes: [Int64: [AuditRow]] = [:]
        for row in try self.changes(after: moment, of: nil, Self.undone) {
            changes[row.objectID, default: []].append(row)
        }
        let places = try schemaNames()
        var found: [(record: PastModel, place: Namespace)] = []
        // Undropped models were perhaps dropped then: whether one lived is told by its changes.
        let present = try rows(
            """
            SELECT \(ObjectRow.columns) FROM object o
            WHERE o.kind = 'MODEL' AND o.created_on <= $1 AND (o.dropped_on IS NULL OR o.dropped_on > $1)
            """, [.int(moment)])
        for row in present {
            let now = try ObjectRow(row)
            let past = try PastModel(now, undoing: changes[now.id] ?? [])
            guard past.lived, let schema = past.object.parentID, let place = places[schema],
                names.matches(past.object.name), try keep(now, schema)
            else { continue }
            found.append((past, place))
        }
        found.sort {
            let (left, right) = ($0.record.object, $1.record.object)
            return ($0.place.database, $0.place.schema, left.name, left.id)
                < ($1.place.database, $1.place.schema, right.name, right.id)
        }
        var result: [ModelRecord] = []
        for (past, place) in found where result.count < limit {
            if let record = try record(of: past, in: place, asOf: moment) { result.append(record) }
        }
        return result
    }

    /// One model as it was, nil where it was not there or had no committed version yet.
    package func model(_ id: Int64, in place: Namespace, asOf moment: Int64) throws -> ModelRecord? {
        guard let now = try object(id), now.createdOn <= moment else { return nil }
        let past = try PastModel(now, undoing: try changes(after: moment, of: id, Self.undone))
        guard past.lived else { return nil }
        return try record(of: past, in: place, asOf: moment)
    }

    /// The committed versions of a model at a moment, in order of their numbers, with comments and metadata of then.
    package func versions(of modelID: Int64, asOf moment: Int64) throws -> [VersionRecord] {
        var records = try rows(
            """
            SELECT \(VersionRecord.columns) FROM model_version v
            WHERE v.model_id = $1 AND v.state = 'COMMITTED' AND COALESCE(v.committed_on, v.created_on) <= $2
                AND (v.dropped_on IS NULL OR v.dropped_on > $2)
            ORDER BY v.number
            """, [.int(modelID), .int(moment)]
        ).map(VersionRecord.init)
        for change in try changes(after: moment, of: modelID, Self.undoneOfVersions) {
            let (from, to) = (try change.before(), try change.after())
            // The name may have been given again after the version was dropped.
            guard
                let index = records.firstIndex(where: {
                    $0.name.name == to["version"] && change.at <= $0.droppedOn ?? .max
                })
            else { continue }
            if let comment = from["comment"] { records[index].comment = comment }
            if let metadata = from["metadata"] { records[index].metadata = metadata }
        }
        return records
    }

    private func record(of past: PastModel, in place: Namespace, asOf moment: Int64) throws -> ModelRecord? {
        let versions = try rows(
            """
            SELECT v.id, v.name FROM model_version v
            WHERE v.model_id = $1 AND v.state = 'COMMITTED' AND COALESCE(v.committed_on, v.created_on) <= $2
                AND (v.dropped_on IS NULL OR v.dropped_on > $2)
            ORDER BY v.number
            """, [.int(past.object.id), .int(moment)]
        ).map { (id: try $0.int("id"), name: try $0.text("name")) }
        guard !versions.isEmpty else { return nil }
        func id(_ name: String) -> Int64? { versions.first { $0.name == name }?.id }
        var aliases = past.aliases
        var defaultID = past.defaultVersion.flatMap(id)
        for alias in try self.aliases(of: past.object.id) where past.untouched(alias.name) {
            aliases[alias.name] = versions.first { $0.id == alias.versionID }?.name
        }
        if past.defaultVersion == nil { defaultID = try defaultVersionID(past.object.id) }
        let listed = ListedObject(object: past.object, database: place.database, schema: place.schema)
        let facts = try one("SELECT model_type FROM model WHERE id = $1", [.int(past.object.id)])
        return ModelRecord(
            listed, type: try facts?.text("model_type") ?? "", defaultID: defaultID, versions: versions,
            aliases: aliases.compactMap { alias in id(alias.value).map { (name: alias.key, versionID: $0) } })
    }

    /// The live schemas by id.
    private func schemaNames() throws -> [Int64: Namespace] {
        var names: [Int64: Namespace] = [:]
        let rows = try rows(
            """
            SELECT s.id, s.name AS schema_name, d.name AS database_name
            FROM object s JOIN object d ON d.id = s.parent_id
            WHERE s.kind = 'SCHEMA' AND s.dropped_on IS NULL AND d.dropped_on IS NULL
            """)
        for row in rows {
            names[try row.int("id")] = Namespace(
                try row.identifier("database_name"), try row.identifier("schema_name"))
        }
        return names
    }
}

/// A model with its changes since a moment undone.
private struct PastModel {
    /// With the name, place, owner and comment of then.
    var object: ObjectRow
    var lived = true
    /// The default version's name where it has changed since, else nil.
    var defaultVersion: String?
    /// Aliases that have changed since, as they were: nil where there was none of the name.
    private var changed: [String: String?] = [:]

    /// - Parameter changes: newest first.
    init(_ now: ObjectRow, undoing changes: [AuditRow]) throws {
        object = now
        for change in changes {
            let (from, to) = (try change.before(), try change.after())
            switch change.action {
            case "SET ALIAS":
                guard let alias = to["alias"] else { continue }
                self.changed.updateValue(from["version"], forKey: alias)
            case "UNSET ALIAS":
                guard let alias = from["alias"] else { continue }
                self.changed.updateValue(from["version"], forKey: alias)
            case "DROP VERSION":
                for alias in try AuditRow.list(from["aliases"]) {
                    self.changed.updateValue(from["version"], forKey: alias)
                }
                defaultVersion = from["default"] ?? defaultVersion
            case "SET DEFAULT_VERSION": defaultVersion = from["default"] ?? defaultVersion
            case "SET COMMENT": object.comment = from["comment"] ?? object.comment
            case "GRANT OWNERSHIP": object.owner = from["owner"] ?? object.owner
            case "RENAME":
                if let name = try from["name"].flatMap({ try Identifier.split($0).last }) { object.name = name }
                if let parent = from["parent"].flatMap(Int64.init) { object.parentID = parent }
            case "DROP MODEL": lived = true
            case "UNDROP MODEL": lived = false
            default: continue
            }
        }
    }

    /// Whether the alias points where it pointed then.
    func untouched(_ alias: String) -> Bool { changed[alias] == nil }

    /// The aliases that have changed since, with the names of the versions of then.
    var aliases: [String: String] { changed.compactMapValues { $0 } }
}
