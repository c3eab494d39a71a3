import Types

extension CatalogReader {
    /// Whether the catalog knows the content: then a version or stage file refers to it, or did until lately.
    package func knowsBlob(_ digest: String) throws -> Bool {
        try one("SELECT 1 AS found FROM blob WHERE digest = $1", [.text(digest)]) != nil
    }

    /// Every content that the catalog knows.
    package func blobDigests() throws -> Set<String> {
        Set(try rows("SELECT digest FROM blob").map { try $0.text("digest") })
    }

    /// What the versions that are there, or were dropped at the cutoff or later, say of their environments; each once.
    package func environmentsOfVersions(notDroppedBefore cutoff: Int64) throws -> [String] {
        try rows(
            """
            SELECT DISTINCT v.environment FROM model_version v JOIN object o ON o.id = v.model_id
            WHERE (v.dropped_on IS NULL OR v.dropped_on >= $1) AND (o.dropped_on IS NULL OR o.dropped_on >= $2)
                AND v.environment <> '{}'
            """,
            [.int(cutoff), .int(cutoff)]
        ).map { try $0.text("environment") }
    }
}

/// In place of an MD5 that nobody has asked for.
private let unknownMD5 = String(repeating: "0", count: 32)

extension CatalogReader {
    /// The MD5 of the content in lower-case hex, nil where it was never computed.
    package func md5(of digest: String) throws -> String? {
        let md5 = try one("SELECT md5 FROM blob WHERE digest = $1", [.text(digest)])?.text("md5")
        return md5 == unknownMD5 ? nil : md5
    }
}

extension CatalogTransaction {
    /// Keeps the MD5 of a content.
    package func setMD5(_ md5: String, of digest: String) throws {
        try run("UPDATE blob SET md5 = $1 WHERE digest = $2", [.text(md5), .text(digest)])
    }

    /// Makes the content known, unless it is. Call it in the transaction that refers to it.
    package func insertBlob(_ blob: Blob, now: Int64) throws {
        try run(
            """
            INSERT INTO blob (digest, md5, size, created_on) VALUES ($1, $2, $3, $4)
            ON CONFLICT (digest) DO NOTHING
            """,
            [.text(blob.digest), .text(unknownMD5), .int(blob.size), .int(now)])
    }

    /// Forgets contents that nothing refers to and that were made known before the cutoff.
    ///
    /// - Returns: how many.
    package func deleteUnreferencedBlobs(olderThan cutoff: Int64) throws -> Int {
        try run(
            """
            DELETE FROM blob WHERE created_on < $1
                AND NOT EXISTS (SELECT 1 FROM version_artifact a WHERE a.digest = blob.digest)
                AND NOT EXISTS (SELECT 1 FROM stage_file f WHERE f.digest = blob.digest)
                AND NOT EXISTS (SELECT 1 FROM tracked_file t WHERE t.digest = blob.digest)
            """,
            [.int(cutoff)])
    }
}

/// A file of a stage or of a version.
package struct FileRow: Hashable, Sendable {
    /// Below the stage or the version, normalised: no leading slash.
    package let path: String
    package let blob: Blob
    /// Milliseconds since 1970.
    package let modified: Int64

    package init(path: String, blob: Blob, modified: Int64) {
        self.path = path
        self.blob = blob
        self.modified = modified
    }

    init(_ row: CatalogRow) throws {
        path = try row.text("path")
        blob = Blob(digest: try row.text("digest"), size: try row.int("size"))
        modified = try row.int("modified")
    }
}

/// Rows of a table of files whose path is `path` or lies below it; all where it is empty.
func filesBelow(_ path: String, table: String, owner: String, id: Int64) -> (sql: String, arguments: [CatalogValue]) {
    let select = """
        SELECT f.path, f.digest, b.size, f.modified FROM \(table) f JOIN blob b ON b.digest = f.digest
        WHERE f.\(owner) = $1
        """
    if path.isEmpty { return (select + " ORDER BY f.path", [.int(id)]) }
    // '0' is the character after '/': the range holds exactly what starts with `path/`.
    return (
        select + " AND (f.path = $2 OR (f.path > $3 AND f.path < $4)) ORDER BY f.path",
        [.int(id), .text(path), .text(path + "/"), .text(path + "0")]
    )
}
