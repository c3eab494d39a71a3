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

    /// A page of objects of a kind, ordered by database, schema and name.
    ///
    /// - Parameters:
    ///   - schemaID: only of this schema; nil for any.
    ///   - databaseID: only of this database; nil for any.
    ///   - after: the last row of the page before.
    package func objectPage(
        _ kinds: [ObjectKind], databaseID: Int64?, schemaID: Int64?, names: NameFilter,
        after: ListedObject?, limit: Int
    ) throws -> [ListedObject] {
        var sql = """
            SELECT \(ObjectRow.columns), s.name AS schema_name, d.name AS database_name
            FROM object o JOIN object s ON s.id = o.parent_id JOIN object d ON d.id = s.parent_id
            WHERE o.dropped_on IS NULL AND o.kind IN (\(kinds.map { "'\($0.rawValue)'" }.joined(separator: ", ")))
            """
        var arguments: [CatalogValue] = []
        func bind(_ value: CatalogValue) -> String {
            arguments.append(value)
            return "$\(arguments.count)"
        }
        if let schemaID { sql += " AND o.parent_id = \(bind(.int(schemaID)))" }
        if let databaseID { sql += " AND s.parent_id = \(bind(.int(databaseID)))" }
        sql += names.condition(column: "o.name", folded: "o.name_ci", bind: bind)
        if let after {
            // Names alone would skip a temporary object that is called like a lasting one.
            let key = [after.database, after.schema, after.object.name].map { bind(.text($0.name)) }
            sql +=
                " AND (d.name, s.name, o.name, o.id) > (\(key.joined(separator: ", ")), \(bind(.int(after.object.id))))"
        }
        sql += " ORDER BY d.name, s.name, o.name, o.id LIMIT \(bind(.int(Int64(limit))))"
        return try rows(sql, arguments).map { row in
            ListedObject(
                object: try ObjectRow(row), database: try row.identifier("database_name"),
                schema: try row.identifier("schema_name"))
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

    /// Whether every committed version of a model still has its files.
    package func hasFiles(ofModel id: Int64) throws -> Bool {
        try one(
            """
            SELECT v.id FROM model_version v
            WHERE v.model_id = $1 AND v.dropped_on IS NULL AND v.state = 'COMMITTED'
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

    /// Fills in what SHOW MODELS needs, with three queries for every 256 models.
    package func models(_ objects: [ListedObject]) throws -> [ModelRecord] {
        var result: [ModelRecord] = []
        var start = 0
        while start < objects.count {
            let size = objects.count - start < 16 ? 1 : 256
            let part = objects[start..<min(start + size, objects.count)]
            result += try modelPart(Array(part), size: size)
            start += part.count
        }
        return result
    }

    private func modelPart(_ objects: [ListedObject], size: Int) throws -> [ModelRecord] {
        let marks = (1...size).map { "$\($0)" }.joined(separator: ", ")
        let last = objects.last?.object.id ?? 0
        let ids = (0..<size).map { CatalogValue.int($0 < objects.count ? objects[$0].object.id : last) }
        var facts: [Int64: (type: String, defaultID: Int64?)] = [:]
        for row in try rows("SELECT id, model_type, default_version_id FROM model WHERE id IN (\(marks))", ids) {
            facts[try row.int("id")] = (try row.text("model_type"), row.optionalInt("default_version_id"))
        }
        var versions: [Int64: [(id: Int64, name: String)]] = [:]
        let versionRows = try rows(
            """
            SELECT id, model_id, name FROM model_version
            WHERE model_id IN (\(marks)) AND dropped_on IS NULL AND state = 'COMMITTED' ORDER BY model_id, number
            """, ids)
        for row in versionRows {
            versions[try row.int("model_id"), default: []].append((try row.int("id"), try row.text("name")))
        }
        var aliases: [Int64: [(name: String, versionID: Int64)]] = [:]
        for row in try rows("SELECT model_id, name, version_id FROM alias WHERE model_id IN (\(marks))", ids) {
            aliases[try row.int("model_id"), default: []].append((try row.text("name"), try row.int("version_id")))
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
        let names = Dictionary(versions.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
        let defaultName = defaultID.flatMap { names[$0] }
        var all: [Alias] = aliases.compactMap { alias in
            names[alias.versionID].map { Alias(name: alias.name, version: $0) }
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
    package func insertModel(_ id: Int64) throws {
        try run("INSERT INTO model (id) VALUES ($1)", [.int(id)])
    }

    package func setDefaultVersion(_ modelID: Int64, to versionID: Int64, now: Int64) throws {
        try run("UPDATE model SET default_version_id = $1 WHERE id = $2", [.int(versionID), .int(modelID)])
        try run("UPDATE object SET altered_on = $1 WHERE id = $2", [.int(now), .int(modelID)])
    }
}
