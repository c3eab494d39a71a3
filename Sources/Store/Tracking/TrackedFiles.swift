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
            SELECT f.path, f.digest, b.size, f.modified FROM tracked_file f JOIN blob b ON b.digest = f.digest
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

extension CatalogReader {
    /// Bytes of the files of all runs and logged models. A content that several have counts for each.
    package func trackedBytes() throws -> Int64 {
        try one("SELECT bytes FROM tracked_total WHERE id = 1")?.int("bytes") ?? 0
    }

    /// A file that a file of the path can't stand beside: one that lies below the path, or one that the path lies below.
    package func trackedFile(of root: FileRoot, inTheWayOf path: String) throws -> String? {
        let files = "SELECT path FROM tracked_file WHERE root_kind = $1 AND root_id = $2 AND path"
        let parts = path.split(separator: "/")
        for count in 1..<max(1, parts.count) {
            let above = parts.prefix(count).joined(separator: "/")
            if try one("\(files) = $3", [root.kind, root.id, .text(above)]) != nil { return above }
        }
        return try one(
            "\(files) > $3 AND path < $4 ORDER BY path LIMIT 1",
            [root.kind, root.id, .text(path + "/"), .text(path + "0")])?.text("path")
    }
}

extension CatalogTransaction {
    /// Makes a file exist, replacing one of the same path.
    package func putTrackedFile(_ root: FileRoot, path: String, blob: Blob, now: Int64) throws {
        let replaced = try trackedBytes(of: root, at: path)
        try insertBlob(blob, now: now)
        try run(
            """
            INSERT INTO tracked_file (root_kind, root_id, path, digest, modified) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (root_kind, root_id, path) DO UPDATE SET digest = excluded.digest, modified = excluded.modified
            """, [root.kind, root.id, .text(path), .text(blob.digest), .int(now)])
        try addTrackedBytes(blob.size - replaced)
    }

    package func deleteTrackedFile(_ root: FileRoot, path: String) throws {
        let removed = try trackedBytes(of: root, at: path)
        try run(
            "DELETE FROM tracked_file WHERE root_kind = $1 AND root_id = $2 AND path = $3",
            [root.kind, root.id, .text(path)])
        try addTrackedBytes(-removed)
    }

    /// Forgets all files of a run or logged model.
    package func deleteTrackedFiles(of root: FileRoot) throws {
        let removed = try one(
            """
            SELECT COALESCE(SUM(b.size), 0) AS bytes FROM tracked_file f JOIN blob b ON b.digest = f.digest
            WHERE f.root_kind = $1 AND f.root_id = $2
            """, [root.kind, root.id])?.int("bytes") ?? 0
        try run("DELETE FROM tracked_file WHERE root_kind = $1 AND root_id = $2", [root.kind, root.id])
        try addTrackedBytes(-removed)
    }

    /// Bytes of the file at a path, 0 where there is none.
    private func trackedBytes(of root: FileRoot, at path: String) throws -> Int64 {
        try one(
            """
            SELECT b.size FROM tracked_file f JOIN blob b ON b.digest = f.digest
            WHERE f.root_kind = $1 AND f.root_id = $2 AND f.path = $3
            """, [root.kind, root.id, .text(path)])?.int("size") ?? 0
    }

    private func addTrackedBytes(_ bytes: Int64) throws {
        guard bytes != 0 else { return }
        try run("UPDATE tracked_total SET bytes = bytes + $1 WHERE id = 1", [.int(bytes)])
    }
}
