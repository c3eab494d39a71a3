package import Types

/// A version of a model, as the catalog holds it.
package struct VersionRecord: Hashable, Sendable {
    package enum State: String, Sendable {
        /// Files may still be put; there are no methods yet.
        case live = "LIVE"
        case committed = "COMMITTED"
    }

    package let id: Int64
    package let modelID: Int64
    /// 1, 2, 3, … in the model; never given to another version of it.
    package let number: Int64
    package let name: Identifier
    package let state: State
    package internal(set) var comment: String
    /// JSON objects, as they came.
    package internal(set) var metadata: String
    package let userData: String
    /// A JSON object: framework, task, client.
    package let attributes: String
    /// A JSON array of platforms.
    package let runnableIn: String
    /// A JSON object: the Python version and requirements.
    package let environment: String
    /// A JSON object: where the version was made from.
    package let source: String
    /// SHA-256, in hex, over the paths and digests of all files; `""` while live.
    package let digest: String
    /// Bytes of all files together.
    package let size: Int64
    /// The user's name.
    package let createdBy: String
    /// Milliseconds since 1970.
    package let createdOn: Int64
    package let alteredOn: Int64
    package let droppedOn: Int64?

    static let columns = """
        v.id, v.model_id, v.number, v.name, v.state, v.comment, v.metadata, v.user_data, v.attributes, v.runnable_in,
        v.environment, v.source, v.digest, v.size, v.created_by, v.created_on, v.altered_on, v.dropped_on
        """

    init(_ row: CatalogRow) throws {
        id = try row.int("id")
        modelID = try row.int("model_id")
        number = try row.int("number")
        name = try row.identifier("name")
        state = try row.text("state") == "LIVE" ? .live : .committed
        comment = try row.text("comment")
        metadata = try row.text("metadata")
        userData = try row.text("user_data")
        attributes = try row.text("attributes")
        runnableIn = try row.text("runnable_in")
        environment = try row.text("environment")
        source = try row.text("source")
        digest = try row.text("digest")
        size = try row.int("size")
        createdBy = try row.text("created_by")
        createdOn = try row.int("created_on")
        alteredOn = try row.int("altered_on")
        droppedOn = row.optionalInt("dropped_on")
    }
}

/// What a version becomes when it is committed: all that its package says.
package struct VersionContent: Sendable {
    package var userData = "{}"
    package var attributes = "{}"
    package var runnableIn = "[]"
    package var environment = "{}"
    package var source = "{}"
    package var digest = ""
    package var size: Int64 = 0
    /// Names and signatures (JSON) in the manifest's order.
    package var methods: [(name: Identifier, signature: String)] = []

    package init() {}
}

extension CatalogReader {
    /// The version with the id, dropped or not.
    package func version(_ id: Int64) throws -> VersionRecord? {
        try one("SELECT \(VersionRecord.columns) FROM model_version v WHERE v.id = $1", [.int(id)])
            .map(VersionRecord.init)
    }

    /// The model's version of exactly this name, committed or live, that was not dropped.
    package func version(_ name: Identifier, of modelID: Int64) throws -> VersionRecord? {
        try one(
            """
            SELECT \(VersionRecord.columns) FROM model_version v
            WHERE v.model_id = $1 AND v.name = $2 AND v.dropped_on IS NULL
            """,
            [.int(modelID), .text(name.name)]
        ).map(VersionRecord.init)
    }

    /// The model's committed version with the lowest number, or the highest.
    package func version(_ end: VersionEnd, of modelID: Int64) throws -> VersionRecord? {
        try one(
            """
            SELECT \(VersionRecord.columns) FROM model_version v
            WHERE v.model_id = $1 AND v.dropped_on IS NULL AND v.state = 'COMMITTED'
            ORDER BY v.number \(end == .first ? "ASC" : "DESC") LIMIT 1
            """,
            [.int(modelID)]
        ).map(VersionRecord.init)
    }

    /// The model's versions in order of their numbers, without dropped ones.
    ///
    /// - Parameter like: a pattern over the names folded to upper case, escaped by `\`; nil for all.
    package func versions(of modelID: Int64, like: String? = nil, includeLive: Bool = false) throws -> [VersionRecord] {
        var sql = """
            SELECT \(VersionRecord.columns) FROM model_version v
            WHERE v.model_id = $1 AND v.dropped_on IS NULL
            """
        var arguments: [CatalogValue] = [.int(modelID)]
        if !includeLive { sql += " AND v.state = 'COMMITTED'" }
        if let like {
            sql += " AND v.name_ci LIKE $2 ESCAPE '\\'"
            arguments.append(.text(like))
        }
        return try rows(sql + " ORDER BY v.number", arguments).map(VersionRecord.init)
    }

    /// How many versions, committed or live, the model has.
    package func versionCount(_ modelID: Int64) throws -> Int {
        let row = try one(
            "SELECT count(*) AS n FROM model_version WHERE model_id = $1 AND dropped_on IS NULL", [.int(modelID)])
        return Int(try row?.int("n") ?? 0)
    }

    /// The signatures (JSON) of a version's methods, in the manifest's order.
    package func methodSignatures(_ versionID: Int64) throws -> [String] {
        try rows(
            "SELECT signature FROM version_method WHERE version_id = $1 ORDER BY position", [.int(versionID)]
        ).map { try $0.text("signature") }
    }

    /// The names of a version's methods, in the manifest's order.
    package func methodNames(_ versionID: Int64) throws -> [String] {
        try rows("SELECT name FROM version_method WHERE version_id = $1 ORDER BY position", [.int(versionID)])
            .map { try $0.text("name") }
    }

    /// The names of all methods of a model's versions in the manifests' order, by version.
    package func methodNames(ofModel modelID: Int64) throws -> [Int64: [String]] {
        var names: [Int64: [String]] = [:]
        try scan(
            """
            SELECT m.version_id, m.name FROM version_method m JOIN model_version v ON v.id = m.version_id
            WHERE v.model_id = $1 ORDER BY m.version_id, m.position
            """, [.int(modelID)]
        ) { names[$0.int(0), default: []].append($0.text(1)) }
        return names
    }

    /// Files of the version in order of their paths: the one at `path` or those below it, all for an empty path.
    package func artifacts(_ versionID: Int64, below path: String = "") throws -> [FileRow] {
        let query = filesBelow(path, table: "version_artifact", owner: "version_id", id: versionID)
        return try rows(query.sql, query.arguments).map(FileRow.init)
    }
}

/// Which end of a model's history.
package enum VersionEnd: Sendable {
    case first
    case last
}

extension CatalogTransaction {
    /// Makes a version with the model's next number.
    ///
    /// - Returns: its id.
    /// - Throws: `alreadyExists` where the model has a version of the name.
    package func insertVersion(
        _ name: Identifier, of modelID: Int64, state: VersionRecord.State, createdBy: Identifier, now: Int64
    ) throws -> Int64 {
        guard
            let counter = try one(
                "UPDATE model SET next_number = next_number + 1 WHERE id = $1 RETURNING next_number - 1 AS number",
                [.int(modelID)])
        else { throw RegistryError(.corrupt, "The catalog holds no model of this id.") }
        let row = try one(
            """
            INSERT INTO model_version (model_id, number, name, name_ci, state, created_by, created_on, altered_on)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            RETURNING id
            """,
            [
                .int(modelID), .int(try counter.int("number")), .text(name.name), .text(name.name.uppercased()),
                .text(state.rawValue), .text(createdBy.name), .int(now), .int(now),
            ])
        guard let row else { throw RegistryError(.internal, "The catalog gave no id.") }
        return try row.int("id")
    }

    /// The number that the model's next version will get.
    package func nextVersionNumber(_ modelID: Int64) throws -> Int64 {
        try one("SELECT next_number FROM model WHERE id = $1", [.int(modelID)])?.int("next_number") ?? 1
    }

    /// Fills in what the package says and closes the version to further files.
    package func commitVersion(_ id: Int64, _ content: VersionContent, now: Int64) throws {
        try run(
            """
            UPDATE model_version SET state = 'COMMITTED', user_data = $1, attributes = $2, runnable_in = $3,
                environment = $4, source = $5, digest = $6, size = $7, committed_on = $8, altered_on = $9
            WHERE id = $10
            """,
            [
                .text(content.userData), .text(content.attributes), .text(content.runnableIn),
                .text(content.environment), .text(content.source), .text(content.digest), .int(content.size),
                .int(now), .int(now), .int(id),
            ])
        for (position, method) in content.methods.enumerated() {
            try run(
                "INSERT INTO version_method (version_id, position, name, signature) VALUES ($1, $2, $3, $4)",
                [.int(id), .int(Int64(position)), .text(method.name.name), .text(method.signature)])
        }
    }

    /// Puts a file into a version, in place of one of the same path. Only live versions may be given.
    package func putArtifact(_ versionID: Int64, path: String, blob: Blob, now: Int64) throws {
        try insertBlob(blob, now: now)
        try run(
            """
            INSERT INTO version_artifact (version_id, path, digest, modified) VALUES ($1, $2, $3, $4)
            ON CONFLICT (version_id, path) DO UPDATE SET digest = excluded.digest, modified = excluded.modified
            """,
            [.int(versionID), .text(path), .text(blob.digest), .int(now)])
    }

    package func deleteArtifact(_ versionID: Int64, path: String) throws {
        try run("DELETE FROM version_artifact WHERE version_id = $1 AND path = $2", [.int(versionID), .text(path)])
    }

    /// - Throws: `alreadyExists` where the model has a version of the name.
    package func renameVersion(_ id: Int64, to name: Identifier, now: Int64) throws {
        try run(
            "UPDATE model_version SET name = $1, name_ci = $2, altered_on = $3 WHERE id = $4",
            [.text(name.name), .text(name.name.uppercased()), .int(now), .int(id)])
    }

    package func setVersionComment(_ id: Int64, _ comment: String, now: Int64) throws {
        try run(
            "UPDATE model_version SET comment = $1, altered_on = $2 WHERE id = $3",
            [.text(comment), .int(now), .int(id)])
    }

    package func setVersionMetadata(_ id: Int64, _ metadata: String, now: Int64) throws {
        try run(
            "UPDATE model_version SET metadata = $1, altered_on = $2 WHERE id = $3",
            [.text(metadata), .int(now), .int(id)])
    }

    /// Drops a version softly. Its aliases go; its number stays taken.
    ///
    /// - Returns: the names of the aliases that went.
    package func dropVersion(_ id: Int64, now: Int64) throws -> [String] {
        let gone = try rows("DELETE FROM alias WHERE version_id = $1 RETURNING name", [.int(id)]).map {
            try $0.text("name")
        }
        try run("UPDATE model_version SET dropped_on = $1 WHERE id = $2", [.int(now), .int(id)])
        return gone.sorted()
    }

    /// Drops live versions that were begun before the cutoff and never committed, and models that were made with one of
    /// them and have no others. A model that was registered without a version stays.
    ///
    /// - Returns: how many versions.
    package func dropStaleLiveVersions(olderThan cutoff: Int64, now: Int64) throws -> Int {
        let count = try run(
            """
            UPDATE model_version SET dropped_on = $1
            WHERE state = 'LIVE' AND dropped_on IS NULL AND created_on < $2
            """,
            [.int(now), .int(cutoff)])
        try run(
            """
            UPDATE object SET dropped_on = $1
            WHERE kind = 'MODEL' AND dropped_on IS NULL AND id IN (
                SELECT m.id FROM model m JOIN model_version b ON b.model_id = m.id
                WHERE m.default_version_id IS NULL AND b.number = 1 AND b.state = 'LIVE' AND b.dropped_on = $1
                    AND b.created_on < $2 AND NOT EXISTS (
                        SELECT 1 FROM model_version v WHERE v.model_id = m.id AND v.dropped_on IS NULL))
            """,
            [.int(now), .int(cutoff)])
        return count
    }

    /// Forgets the files of versions that were dropped, with their model or alone, before the cutoff.
    ///
    /// - Returns: the ids of the versions that had files.
    package func deleteArtifactsOfDroppedVersions(olderThan cutoff: Int64) throws -> [Int64] {
        let gone = try rows(
            """
            SELECT DISTINCT v.id FROM model_version v JOIN object o ON o.id = v.model_id
                JOIN version_artifact a ON a.version_id = v.id
            WHERE v.dropped_on < $1 OR o.dropped_on < $1
            """,
            [.int(cutoff)]
        ).map { try $0.int("id") }
        for id in gone { try run("DELETE FROM version_artifact WHERE version_id = $1", [.int(id)]) }
        return gone
    }
}
