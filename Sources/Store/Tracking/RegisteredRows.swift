package import Types

/// A model as searches of MLflow's clients find it.
package struct RegisteredModelRow: Sendable {
    package let id: Int64
    /// The schema.
    package let parentID: Int64
    package let ownerRoleID: Int64?
    package let name: ObjectName
    /// What it is called where no schema is named.
    package let displayName: String
    package let comment: String
    /// Milliseconds since 1970.
    package let createdOn: Int64
    package let alteredOn: Int64

    /// Of the object `o`, its model `m`, its schema `s` and its database `d`; none of them is NULL.
    static let columns = """
        o.id, o.parent_id, COALESCE(o.owner_role_id, 0), d.name, s.name, o.name, COALESCE(m.display_name, o.name),
        o.comment, o.created_on, o.altered_on
        """
    static let width = 10
    static let joined = """
        model m JOIN object o ON o.id = m.id JOIN object s ON s.id = o.parent_id JOIN object d ON d.id = s.parent_id
        """

    init(_ row: ScannedRow, from start: Int = 0) {
        id = row.int(start)
        parentID = row.int(start + 1)
        ownerRoleID = row.int(start + 2) == 0 ? nil : row.int(start + 2)
        name = ObjectName(
            Identifier(resolved: row.text(start + 3)), Identifier(resolved: row.text(start + 4)),
            Identifier(resolved: row.text(start + 5)))
        displayName = row.text(start + 6)
        comment = row.text(start + 7)
        createdOn = row.int(start + 8)
        alteredOn = row.int(start + 9)
    }
}

/// A committed version as MLflow's clients see it.
package struct RegisteredVersionRow: Sendable {
    package let id: Int64
    package let modelID: Int64
    package let number: Int64
    package let name: Identifier
    package let comment: String
    /// The user's name.
    package let createdBy: String
    /// Milliseconds since 1970.
    package let createdOn: Int64
    package let alteredOn: Int64
    package let facts: VersionFacts
    /// A JSON object.
    package let metadata: String

    /// Of the version `v`; none of them is NULL.
    static let columns = """
        v.id, v.model_id, v.number, v.name, v.comment, v.created_by, v.created_on, v.altered_on,
        v.stage, v.run_id, v.run_link, v.logged_model_id, v.source_uri,
        v.metadata
        """
    static let width = 14
    static let isLive = "v.dropped_on IS NULL AND v.state = 'COMMITTED'"

    init(_ row: ScannedRow) {
        id = row.int(0)
        modelID = row.int(1)
        number = row.int(2)
        name = Identifier(resolved: row.text(3))
        comment = row.text(4)
        createdBy = row.text(5)
        createdOn = row.int(6)
        alteredOn = row.int(7)
        var facts = VersionFacts()
        facts.stage = row.text(8)
        facts.runID = row.text(9)
        facts.runLink = row.text(10)
        facts.loggedModelID = row.text(11)
        facts.sourceURI = row.text(12)
        self.facts = facts
        metadata = row.text(13)
    }
}

extension CatalogReader {
    package func registeredModel(_ id: Int64) throws -> RegisteredModelRow? {
        var found: RegisteredModelRow?
        try scan(
            "SELECT \(RegisteredModelRow.columns) FROM \(RegisteredModelRow.joined) WHERE m.id = $1", [.int(id)]
        ) { found = RegisteredModelRow($0) }
        return found
    }

    /// Models as a search finds them: `o` is the object, `m` the model, `s` the schema, `d` the database.
    package func registeredModels(_ search: CatalogSearch) throws -> [Found<RegisteredModelRow>] {
        try found(
            search, RegisteredModelRow.columns, width: RegisteredModelRow.width, from: RegisteredModelRow.joined
        ) { RegisteredModelRow($0) }
    }

    /// Versions as a search finds them, with their models: `v` is the version, the rest as for models.
    package func registeredVersions(
        _ search: CatalogSearch
    ) throws -> [Found<(version: RegisteredVersionRow, model: RegisteredModelRow)>] {
        try found(
            search, "\(RegisteredVersionRow.columns), \(RegisteredModelRow.columns)",
            width: RegisteredVersionRow.width + RegisteredModelRow.width,
            from: "\(RegisteredModelRow.joined) JOIN model_version v ON v.model_id = m.id"
        ) { (RegisteredVersionRow($0), RegisteredModelRow($0, from: RegisteredVersionRow.width)) }
    }

    /// The schemas that hold models, but for one; nil where there are more than the limit.
    package func schemasOfModels(
        besides home: Int64, atMost limit: Int
    ) throws -> [(id: Int64, database: String, schema: String)]? {
        var found: [(id: Int64, database: String, schema: String)] = []
        try scan(
            """
            SELECT s.id, d.name, s.name FROM object d JOIN object s ON s.parent_id = d.id
            WHERE d.parent_id = $1 AND d.family = 'DATABASE' AND d.dropped_on IS NULL
                AND s.family = 'SCHEMA' AND s.dropped_on IS NULL AND s.id <> $2
                AND EXISTS (
                    SELECT 1 FROM object o WHERE o.parent_id = s.id AND o.family = 'MODEL' AND o.dropped_on IS NULL)
            LIMIT $3
            """, [.int(ObjectRef.account.id), .int(home), .int(Int64(limit + 1))]
        ) { found.append(($0.int(0), $0.text(1), $0.text(2))) }
        return found.count > limit ? nil : found
    }

    package func registeredVersion(number: Int64, of modelID: Int64) throws -> RegisteredVersionRow? {
        var found: RegisteredVersionRow?
        try scan(
            """
            SELECT \(RegisteredVersionRow.columns) FROM model_version v
            WHERE v.model_id = $1 AND v.number = $2 AND \(RegisteredVersionRow.isLive)
            """, [.int(modelID), .int(number)]
        ) { found = RegisteredVersionRow($0) }
        return found
    }

    /// The live version that an alias points to.
    package func registeredVersion(at alias: Identifier, of modelID: Int64) throws -> RegisteredVersionRow? {
        var found: RegisteredVersionRow?
        try scan(
            """
            SELECT \(RegisteredVersionRow.columns) FROM alias a JOIN model_version v ON v.id = a.version_id
            WHERE a.model_id = $1 AND a.name = $2 AND \(RegisteredVersionRow.isLive)
            """, [.int(modelID), .text(alias.name)]
        ) { found = RegisteredVersionRow($0) }
        return found
    }

    /// The newest version of each stage of each model, by model and stage.
    package func latestVersions(of models: [Int64]) throws -> [RegisteredVersionRow] {
        try inParts(models, id: { $0 }) { _, marks, ids in
            var found: [RegisteredVersionRow] = []
            try scan(
                """
                SELECT \(RegisteredVersionRow.columns) FROM model_version v
                WHERE v.model_id IN (\(marks)) AND \(RegisteredVersionRow.isLive) AND NOT EXISTS (
                    SELECT 1 FROM model_version n
                    WHERE n.model_id = v.model_id AND n.number > v.number AND n.stage = v.stage
                        AND n.dropped_on IS NULL AND n.state = 'COMMITTED')
                ORDER BY v.model_id, v.stage
                """, ids
            ) { found.append(RegisteredVersionRow($0)) }
            return found
        }
    }

    /// The labels of models or of versions, by id, each one's by name.
    package func labels(of kind: LabelSubject.Kind, _ ids: [Int64]) throws -> [Int64: [NamedText]] {
        var found: [Int64: [NamedText]] = [:]
        _ = try inParts(ids, id: { $0 }) { _, marks, ids -> [Never] in
            try scan(
                """
                SELECT subject_id, name, value FROM label
                WHERE subject_id IN (\(marks)) AND subject_kind = '\(kind.rawValue)' ORDER BY subject_id, name
                """, ids
            ) { found[$0.int(0), default: []].append(NamedText($0.text(1), $0.text(2))) }
            return []
        }
        return found
    }

    /// The aliases of models as they were written, by model, each one's by name.
    package func shownAliases(of models: [Int64]) throws -> [Int64: [ShownAlias]] {
        var found: [Int64: [ShownAlias]] = [:]
        _ = try inParts(models, id: { $0 }) { _, marks, ids -> [Never] in
            try scan(
                """
                SELECT a.model_id, COALESCE(a.display_name, a.name), a.version_id, v.number
                FROM alias a JOIN model_version v ON v.id = a.version_id
                WHERE a.model_id IN (\(marks)) AND \(RegisteredVersionRow.isLive) ORDER BY a.model_id, a.name
                """, ids
            ) { row in
                found[row.int(0), default: []].append(
                    ShownAlias(name: row.text(1), versionID: row.int(2), number: row.int(3)))
            }
            return []
        }
        return found
    }
}

/// An alias as its client wrote it.
package struct ShownAlias: Hashable, Sendable {
    package let name: String
    package let versionID: Int64
    /// The version's.
    package let number: Int64
}
