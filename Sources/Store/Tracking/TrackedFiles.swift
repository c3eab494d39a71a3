import Types

/// What tracked files belong to.
package enum FileRoot: Hashable, Sendable {
    case run(String)
    case loggedModel(String)

    var kind: CatalogValue {
        switch self {
        case .run: "RUN"
        case .loggedModel: "MODEL"
        }
    }

    var id: CatalogValue {
        switch self {
        case .run(let id), .loggedModel(let id): .text(id)
        }
    }
}

extension CatalogReader {
    /// The files at or below a path (empty: all), by path.
    package func trackedFiles(of root: FileRoot, below path: String = "") throws -> [FileRow] {
        var sql = """
            SELECT f.path, f.digest, b.md5, b.size, f.modified FROM tracked_file f JOIN blob b ON b.digest = f.digest
            WHERE f.root_kind = $1 AND f.root_id = $2
            """
        var arguments = [root.kind, root.id]
        if !path.isEmpty {
            // '0' is the character after '/'.
            sql += " AND (f.path = $3 OR (f.path > $4 AND f.path < $5))"
            arguments += [.text(path), .text(path + "/"), .text(path + "0")]
        }
        return try rows(sql + " ORDER BY f.path", arguments).map(FileRow.init)
    }
}

extension CatalogTransaction {
    /// Makes a file exist, replacing one of the same path.
    package func putTrackedFile(_ root: FileRoot, path: String, blob: Blob, now: Int64) throws {
        try insertBlob(blob, now: now)
        try run(
            """
            INSERT INTO tracked_file (root_kind, root_id, path, digest, modified) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (root_kind, root_id, path) DO UPDATE SET digest = excluded.digest, modified = excluded.modified
            """, [root.kind, root.id, .text(path), .text(blob.digest), .int(now)])
    }

    package func deleteTrackedFile(_ root: FileRoot, path: String) throws {
        try run(
            "DELETE FROM tracked_file WHERE root_kind = $1 AND root_id = $2 AND path = $3",
            [root.kind, root.id, .text(path)])
    }
}
