import Types

/// A stage, as SHOW STAGES lists it.
package struct StageRow: Hashable, Sendable {
    package let object: ObjectRow
    /// A JSON object of the properties given at creation.
    package let options: String
}

extension CatalogReader {
    /// The JSON options of a stage, `{}` where there is no such stage.
    package func stageOptions(_ id: Int64) throws -> String {
        try one("SELECT options FROM stage WHERE id = $1", [.int(id)])?.text("options") ?? "{}"
    }

    /// Files of the stage in order of their paths: the one at `path` or those below it, all for an empty path.
    package func stageFiles(_ stageID: Int64, below path: String = "") throws -> [FileRow] {
        let query = filesBelow(path, table: "stage_file", owner: "stage_id", id: stageID)
        return try rows(query.sql, query.arguments).map(FileRow.init)
    }

    /// The temporary objects of a session that still live.
    package func temporaryObjects(of sessionID: Int64) throws -> [ObjectRow] {
        try rows(
            "SELECT \(ObjectRow.columns) FROM object o WHERE o.session_id = $1 AND o.dropped_on IS NULL",
            [.int(sessionID)]
        ).map(ObjectRow.init)
    }
}

extension CatalogTransaction {
    package func insertStage(_ id: Int64, options: String) throws {
        try run("INSERT INTO stage (id, options) VALUES ($1, $2)", [.int(id), .text(options)])
    }

    package func insertFileFormat(_ id: Int64, options: String) throws {
        try run("INSERT INTO file_format (id, options) VALUES ($1, $2)", [.int(id), .text(options)])
    }

    /// Puts a file into a stage, in place of one of the same path.
    package func putStageFile(_ stageID: Int64, path: String, blob: Blob, now: Int64) throws {
        try insertBlob(blob, now: now)
        try run(
            """
            INSERT INTO stage_file (stage_id, path, digest, modified) VALUES ($1, $2, $3, $4)
            ON CONFLICT (stage_id, path) DO UPDATE SET digest = excluded.digest, modified = excluded.modified
            """,
            [.int(stageID), .text(path), .text(blob.digest), .int(now)])
    }

    package func deleteStageFile(_ stageID: Int64, path: String) throws {
        try run("DELETE FROM stage_file WHERE stage_id = $1 AND path = $2", [.int(stageID), .text(path)])
    }

    /// Removes the files of stages that were dropped before the cutoff, at once for temporary ones.
    package func deleteFilesOfDroppedStages(olderThan cutoff: Int64) throws {
        try run(
            """
            DELETE FROM stage_file WHERE stage_id IN (
                SELECT o.id FROM object o WHERE o.kind = 'STAGE' AND o.dropped_on IS NOT NULL
                    AND (o.dropped_on < $1 OR o.session_id IS NOT NULL))
            """,
            [.int(cutoff)])
    }

    /// Drops every temporary object, for a server that has just started and so has no sessions.
    package func dropTemporaryObjects(now: Int64) throws {
        try run(
            "UPDATE object SET dropped_on = $1 WHERE session_id IS NOT NULL AND dropped_on IS NULL", [.int(now)])
    }

    /// Drops the temporary objects of a session.
    package func dropTemporaryObjects(of sessionID: Int64, now: Int64) throws {
        try run(
            "UPDATE object SET dropped_on = $1 WHERE session_id = $2 AND dropped_on IS NULL",
            [.int(now), .int(sessionID)])
    }
}
