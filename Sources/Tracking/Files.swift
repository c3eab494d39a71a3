import Access
package import Store
package import Types

extension TrackingStore {
    /// The files of a run or logged model, at or below a path.
    package func files(of root: FileRoot, below path: String = "", as principal: Principal) throws -> [FileRow] {
        try read(as: principal) { reader in
            try require(root, in: reader)
            return try reader.trackedFiles(of: root, below: path)
        }
    }

    /// Whether files may be put: asked before the bytes come.
    package func authorizeUpload(to root: FileRoot, as principal: Principal) throws {
        try catalog.read { reader in
            try access.require(.createModel, on: try schema(in: reader), as: principal, in: reader)
            try require(root, in: reader)
        }
    }

    /// Makes an uploaded file exist.
    package func recordUpload(of blob: Blob, to root: FileRoot, path: String, as principal: Principal) throws {
        try write(as: principal) { tx in
            try require(root, in: tx)
            try tx.putTrackedFile(root, path: path, blob: blob, now: time.now())
        }
    }

    /// Removes the file of the path and all below it.
    ///
    /// - Returns: how many.
    package func removeFiles(of root: FileRoot, below path: String, as principal: Principal) throws -> Int {
        try write(as: principal) { tx in
            try require(root, in: tx)
            let files = try tx.trackedFiles(of: root, below: path)
            for file in files { try tx.deleteTrackedFile(root, path: file.path) }
            return files.count
        }
    }

    private func require(_ root: FileRoot, in reader: CatalogReader) throws {
        switch root {
        case .run(let id): _ = try findRun(id, in: reader)
        case .loggedModel(let id): _ = try findModel(id, in: reader)
        }
    }
}
