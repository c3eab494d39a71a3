package import Types

/// A model, as the catalog holds it.
package struct ModelRecord: Hashable, Sendable {
    package let object: ObjectRow
    package let database: Identifier
    package let schema: Identifier
    /// `USER_MODEL`.
    package let modelType: String
    /// Nil while the model has only a live version.
    package let defaultVersionID: Int64?
    package let defaultVersionName: Identifier?
    /// The committed versions' names in order of their numbers.
    package let versionNames: [String]
    /// The users' aliases and the system's `DEFAULT`, `FIRST`, `LAST`, with the versions' names, sorted.
    package let aliases: [Alias]

    package struct Alias: Hashable, Sendable {
        package let name: String
        package let version: String
    }

    package var qualifiedName: ObjectName { ObjectName(database, schema, object.name) }
}

extension CatalogReader {
    /// The default version's id, nil while there is none.
    package func defaultVersionID(_ modelID: Int64) throws -> Int64? {
        try one("SELECT default_version_id FROM model WHERE id = $1", [.int(modelID)])?.optionalInt(
            "default_version_id")
    }

    /// A page of a schema's objects, ordered by name. Models without a committed version are left out.
    ///
    /// - Parameters:
    ///   - kinds: of one family.
    ///   - from: only names from this text on.
    ///   - after: the last row of the page before.
    package func objectPage(
        _ kinds: [ObjectKind], schemaID: Int64, in place: Namespace, names: NameFilter, from: String? = nil,
        after: ListedObject?, limit: Int
    ) throws -> [ListedObject] {
        var arguments: [CatalogValue] = []
        func bind(_ value: CatalogValue) -> String {
            arguments.append(value)
            return "$\(arguments.count)"
        }
        // The index object_place has all of this, in this order.
        var sql = """
            SELECT \(ObjectRow.columns) FROM object o
            WHERE o.dropped_on IS NULL AND o.parent_id = \(bind(.int(schemaID)))
                AND o.family = \(bind(.text(kinds.first?.family ?? "")))
            """
        sql += names.condition(column: "o.name", folded: "o.name_ci", bind: bind)
        if let from, after == nil { sql += " AND o.name >= \(bind(.text(from)))" }
        if let after {
            // The name alone would skip a temporary object that is called like a lasting one.
            sql += " AND (o.name, o.id) > (\(bind(.text(after.object.name.name))), \(bind(.int(after.object.id))))"
        }
        if kinds == [.table] || kinds == [.view] { sql += " AND o.kind = \(bind(.text(kinds[0].rawValue)))" }
        if kinds == [.model] {
            sql += " AND EXISTS (SELECT 1 FROM model m WHERE m.id = o.id AND m.default_version_id IS NOT NULL)"
        }
        sql += " ORDER BY o.name, o.id LIMIT \(bind(.int(Int64(limit))))"
        return try rows(sql, arguments).map { row in
            ListedObject(object: try ObjectRow(row), database: place.database, schema: place.schema)
        }
    }

    /// The dropped models of a name in a schema that ever had a committed version, the one dropped last first.
    package func droppedModels(_ name: Identifier, in schemaID: Int64) throws -> [ObjectRow] {
        try rows(
            """
            SELECT \(ObjectRow.columns) FROM object o JOIN model m ON m.id = o.id
            WHERE o.parent_id = $1 AND o.name = $2 AND o.kind = 'MODEL' AND o.dropped_on IS NOT NULL
                AND m.default_version_id IS NOT NULL
            ORDER BY o.dropped_on DESC, o.id DESC
            """, [.int(schemaID), .text(name.name)]
        ).map(ObjectRow.init)
    }

    /// The models that were dropped at a time or later, by themselves: not with their schema.
    package func droppedModels(since cutoff: Int64) throws -> [ListedObject] {
        try rows(
            """
            SELECT \(ObjectRow.columns), s.name AS schema_name, d.name AS database_name
            FROM object o JOIN object s ON s.id = o.parent_id JOIN object d ON d.id = s.parent_id
                JOIN model m ON m.id = o.id
            WHERE o.kind = 'MODEL' AND o.dropped_on >= $1 AND s.dropped_on IS NULL
                AND m.default_version_id IS NOT NULL
            """, [.int(cutoff)]
        ).map { row in
            ListedObject(
                object: try ObjectRow(row), database: try row.identifier("database_name"),
                schema: try row.identifier("schema_name"))
        }
    }

    /// Whether every committed version of a model that had files still has them.
    package func hasFiles(ofModel id: Int64) throws -> Bool {
        try one(
            """
            SELECT v.id FROM model_version v
            WHERE v.model_id = $1 AND v.dropped_on IS NULL AND v.state = 'COMMITTED' AND v.size > 0
                AND NOT EXISTS (SELECT 1 FROM version_artifact a WHERE a.version_id = v.id)
            LIMIT 1
            """, [.int(id)]) == nil
    }

    /// The models of a database's live schemas, dropped ones included.
    package func modelsEver(in databaseID: Int64) throws -> [ListedObject] {
        try rows(
            """
            SELECT \(ObjectRow.columns), s.name AS schema_name, d.name AS database_name
            FROM object o JOIN object s ON s.id = o.parent_id JOIN object d ON d.id = s.parent_id
            WHERE o.kind = 'MODEL' AND s.parent_id = $1 AND s.dropped_on IS NULL
            """, [.int(databaseID)]
        ).map { row in
            ListedObject(
                object: try ObjectRow(row), database: try row.identifier("database_name"),
                schema: try row.identifier("schema_name"))
        }
    }

    /// The objects directly in the account or in a database, ordered by name.
    package func children(_ kind: ObjectKind, of parentID: Int64?, names: NameFilter) throws -> [ListedObject] {
        var sql = """
            SELECT \(ObjectRow.columns), p.name AS parent_name FROM object o JOIN object p ON p.id = o.parent_id
            WHERE o.dropped_on IS NULL AND o.kind = '\(kind.rawValue)'
            """
        var arguments: [CatalogValue] = []
        func bind(_ value: CatalogValue) -> String {
            arguments.append(value)
            return "$\(arguments.count)"
        }
        if let parentID { sql += " AND o.parent_id = \(bind(.int(parentID)))" }
        sql += names.condition(column: "o.name", folded: "o.name_ci", bind: bind)
        sql += " ORDER BY p.name, o.name, o.id"
        return try rows(sql, arguments).map { row in
            ListedObject(
                object: try ObjectRow(row), database: try row.identifier("parent_name"),
                schema: try row.identifier("name"))
        }
    }

    /// Fills in what SHOW MODELS needs, with three queries for every 128 models.
    package func models(_ objects: [ListedObject]) throws -> [ModelRecord] {
        try inParts(objects, id: \.object.id) { try modelPart($0, marks: $1, ids: $2) }
    }

    private func modelPart(_ objects: [ListedObject], marks: String, ids: [CatalogValue]) throws -> [ModelRecord] {
        var facts: [Int64: (type: String, defaultID: Int64?)] = [:]
        facts.reserveCapacity(objects.count)
        try scan(
            "SELECT id, model_type, COALESCE(default_version_id, 0) FROM model WHERE id IN (\(marks))", ids
        ) { facts[$0.int(0)] = ($0.text(1), $0.int(2) == 0 ? nil : $0.int(2)) }
        var versions: [Int64: [(id: Int64, name: String)]] = [:]
        versions.reserveCapacity(objects.count)
        // A model's versions follow each other: they are put together before they are put away.
        var current: (model: Int64, versions: [(id: Int64, name: String)]) = (0, [])
        try scan(
            """
            SELECT id, model_id, name FROM model_version
            WHERE model_id IN (\(marks)) AND dropped_on IS NULL AND state = 'COMMITTED' ORDER BY model_id, number
            """, ids
        ) { row in
            let model = row.int(1)
            if model != current.model {
                if current.model != 0 { versions[current.model] = current.versions }
                current = (model, [])
            }
            current.versions.append((row.int(0), row.text(2)))
        }
        if current.model != 0 { versions[current.model] = current.versions }
        var aliases: [Int64: [(name: String, versionID: Int64)]] = [:]
        try scan("SELECT model_id, name, version_id FROM alias WHERE model_id IN (\(marks))", ids) {
            aliases[$0.int(0), default: []].append(($0.text(1), $0.int(2)))
        }
        return objects.map { listed in
            let id = listed.object.id
            return ModelRecord(
                listed, type: facts[id]?.type ?? "", defaultID: facts[id]?.defaultID, versions: versions[id] ?? [],
                aliases: aliases[id] ?? [])
        }
    }
}

extension ModelRecord {
    init(
        _ listed: ListedObject, type: String, defaultID: Int64?, versions: [(id: Int64, name: String)],
        aliases: [(name: String, versionID: Int64)]
    ) {
        // A model has few aliases: to go through its versions for each is faster than to make a dictionary of them.
        func name(_ id: Int64) -> String? { versions.first { $0.id == id }?.name }
        let defaultName = defaultID.flatMap(name)
        var all: [Alias] = aliases.compactMap { alias in
            name(alias.versionID).map { Alias(name: alias.name, version: $0) }
        }
        if let defaultName { all.append(Alias(name: "DEFAULT", version: defaultName)) }
        if let first = versions.first, let last = versions.last {
            all.append(Alias(name: "FIRST", version: first.name))
            all.append(Alias(name: "LAST", version: last.name))
        }
        self.init(
            object: listed.object, database: listed.database, schema: listed.schema, modelType: type,
            defaultVersionID: defaultID, defaultVersionName: defaultName.map(Identifier.init(resolved:)),
            versionNames: versions.map(\.name), aliases: all.sorted { $0.name < $1.name })
    }
}

extension CatalogTransaction {
    /// - Parameter displayName: what clients without SQL call it.
    package func insertModel(_ id: Int64, displayName: String) throws {
        try run("INSERT INTO model (id, display_name) VALUES ($1, $2)", [.int(id), .text(displayName)])
    }

    package func setDefaultVersion(_ modelID: Int64, to versionID: Int64, now: Int64) throws {
        try run("UPDATE model SET default_version_id = $1 WHERE id = $2", [.int(versionID), .int(modelID)])
        try run("UPDATE object SET altered_on = $1 WHERE id = $2", [.int(now), .int(modelID)])
    }
}
