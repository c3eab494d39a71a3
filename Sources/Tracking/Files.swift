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
            try requireRoom(for: 1, in: reader)
        }
    }

    /// Refuses bytes that would go over the quota of all files together.
    private func requireRoom(for bytes: Int64 = 0, in reader: CatalogReader) throws {
        guard let most = bytesQuota else { return }
        let value = try reader.trackedBytes() + bytes
        guard value > Int64(most) else { return }
        throw RegistryError(
            .limitExceeded, "\(value) bytes of files of runs and logged models: at most \(most) are allowed.",
            hint: "The server's administrator can raise 'quota-tracked-bytes', or remove deleted runs: roost gc.",
            detail: ["limit": "\(most)", "value": "\(value)", "setting": "quota-tracked-bytes"])
    }

    /// Makes an uploaded file exist.
    package func recordUpload(of blob: Blob, to root: FileRoot, path: String, as principal: Principal) throws {
        try write(as: principal) { tx in
            try require(root, in: tx)
            if let other = try tx.trackedFile(of: root, inTheWayOf: path) {
                throw RegistryError(
                    .invalidArgument,
                    "'\(path.prefix(200))' can't be a file beside '\(other.prefix(200))': one of them would be a directory.")
            }
            try tx.putTrackedFile(root, path: path, blob: blob, now: time.now())
            try requireRoom(in: tx)
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
