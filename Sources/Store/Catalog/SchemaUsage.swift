import Types

/// What a schema holds, for quotas.
extension CatalogReader {
    /// Models that are not dropped.
    package func modelCount(ofSchema id: Int64) throws -> Int {
        let row = try one(
            "SELECT count(*) AS total FROM object WHERE parent_id = $1 AND kind = 'MODEL' AND dropped_on IS NULL",
            [.int(id)])
        return Int(try row?.int("total") ?? 0)
    }

    /// Bytes of the files of versions, and of stages that outlive their session. A content that several have counts for
    /// each of them.
    package func storedBytes(ofSchema id: Int64) throws -> Int {
        let row = try one(
            """
            SELECT
                (SELECT coalesce(sum(v.size), 0) FROM model_version v JOIN object o ON o.id = v.model_id
                    WHERE o.parent_id = $1 AND o.dropped_on IS NULL AND v.dropped_on IS NULL
                        AND v.state = 'COMMITTED')
                + (SELECT coalesce(sum(b.size), 0) FROM model_version v JOIN object o ON o.id = v.model_id
                    JOIN version_artifact a ON a.version_id = v.id JOIN blob b ON b.digest = a.digest
                    WHERE o.parent_id = $2 AND o.dropped_on IS NULL AND v.dropped_on IS NULL AND v.state = 'LIVE')
                + (SELECT coalesce(sum(b.size), 0) FROM object o JOIN stage_file f ON f.stage_id = o.id
                    JOIN blob b ON b.digest = f.digest
                    WHERE o.parent_id = $3 AND o.kind = 'STAGE' AND o.dropped_on IS NULL AND o.session_id IS NULL)
                AS total
            """,
            [.int(id), .int(id), .int(id)])
        return Int(try row?.int("total") ?? 0)
    }
}
