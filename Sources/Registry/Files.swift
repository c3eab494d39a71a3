import Access
package import Store
package import Types

/// Where PUT, GET, LIST and REMOVE look: in a stage, or in a version of a model.
package enum FileLocation: Hashable, Sendable {
    /// A stage and a path in it, `""` for its root.
    case stage(ObjectName, path: String)
    /// A version (its name or an alias) and a path in it, `""` for its root.
    case version(ObjectName, version: Identifier, path: String)
}

/// A file, as LIST shows it.
package struct FileEntry: Hashable, Sendable {
    /// `stage/path` with the stage's name in lower case, or `versions/VERSION/path`.
    package let name: String
    package let file: FileRow
}

/// A place that an upload may put files into: the permission that a signed URL carries.
package enum UploadTarget: Hashable, Sendable {
    case stage(Int64)
    /// A live version.
    case version(Int64)
}

extension ModelRegistry {
    /// The files at a location in order of their names: the one file of that path, or those below it.
    ///
    /// A stage's path that is neither file nor directory is taken as the beginning of names.
    ///
    /// - Throws: `notFound`; `permissionDenied` without READ.
    package func files(
        at location: FileLocation, session: Int64? = nil, as principal: Principal
    ) throws -> [FileEntry] {
        try catalog.read { reader in
            switch location {
            case .stage(let name, let path):
                let stage = try locate(.stage, name, session: session, as: principal, in: reader)
                if stage.row.sessionID == nil {
                    try access.require(.readStage, on: stage.reference, as: principal, in: reader)
                }
                let prefix = name.name.name.lowercased()
                return try stageFiles(stage.id, path, in: reader).map {
                    FileEntry(name: "\(prefix)/\($0.path)", file: $0)
                }
            case .version(let name, let version, let path):
                let model = try locate(.model, name, as: principal, in: reader)
                try access.require(.readModelFiles, on: model.reference, as: principal, in: reader)
                let named = try reader.version(version, of: model.id)
                let record = try named ?? resolve(version, of: model, in: reader)
                return try reader.artifacts(record.id, below: try directory(path)).map {
                    FileEntry(name: "versions/\(record.name.name)/\($0.path)", file: $0)
                }
            }
        }
    }

    private func stageFiles(_ id: Int64, _ path: String, in reader: CatalogReader) throws -> [FileRow] {
        let root = try directory(path)
        let found = try reader.stageFiles(id, below: root)
        guard found.isEmpty, !root.isEmpty, !path.hasSuffix("/") else { return found }
        return try reader.stageFiles(id).filter { $0.path.hasPrefix(root) }
    }

    /// Whether the principal may put files at the location, and into what.
    ///
    /// - Returns: the target, and the directory in it (`""` for its root), for ``recordUpload(of:to:path:)``.
    /// - Throws: `permissionDenied` without WRITE on the stage or ownership of the model; `failedPrecondition` for a
    ///   committed version.
    package func authorizeUpload(
        to location: FileLocation, session: Int64? = nil, as principal: Principal
    ) throws -> (target: UploadTarget, directory: String) {
        try catalog.read { reader in
            switch location {
            case .stage(let name, let path):
                let stage = try locate(.stage, name, session: session, as: principal, in: reader)
                if stage.row.sessionID == nil {
                    try access.require(.writeStage, on: stage.reference, as: principal, in: reader)
                }
                return (.stage(stage.id), try directory(path))
            case .version(let name, let version, let path):
                let model = try locate(.model, name, as: principal, in: reader)
                try access.require(.writeModelFiles, on: model.reference, as: principal, in: reader)
                return (.version(try live(version, of: model, in: reader).id), try directory(path))
            }
        }
    }

    /// Puts an uploaded content at a path of a target, in place of what was there.
    ///
    /// Asks nobody: ``authorizeUpload(to:session:as:)`` did, when the upload was allowed.
    ///
    /// - Throws: `notFound` where the stage or version was dropped meanwhile, `failedPrecondition` where the version
    ///   was committed, `invalidArgument` for a bad path.
    package func recordUpload(of blob: Blob, to target: UploadTarget, path: String) throws {
        let path = try ArtifactPath.normalized(path)
        try catalog.write { tx in
            switch target {
            case .stage(let id):
                guard let stage = try tx.object(id), stage.droppedOn == nil else {
                    throw RegistryError(.notFound, "The stage of the upload was dropped meanwhile.")
                }
                try tx.putStageFile(id, path: path, blob: blob, now: time.now())
                if stage.sessionID == nil { try requireRoom(around: id, in: tx) }
            case .version(let id):
                let model = try requireLive(id, in: tx)
                try tx.putArtifact(id, path: path, blob: blob, now: time.now())
                try requireRoom(around: model, in: tx)
            }
        }
    }

    /// Refuses a version that is committed or gone.
    ///
    /// - Returns: the id of its model.
    @discardableResult
    private func requireLive(_ id: Int64, in reader: CatalogReader) throws -> Int64 {
        guard let version = try reader.version(id), version.droppedOn == nil,
            try reader.object(version.modelID)?.droppedOn == nil
        else { throw RegistryError(.notFound, "The version of the upload was dropped meanwhile.") }
        guard version.state == .live else {
            throw RegistryError(
                .failedPrecondition, "Version '\(version.name)' is committed: its files can't be changed.")
        }
        return version.modelID
    }

    /// Removes files: the one of the location's path or those below it.
    ///
    /// - Parameter matching: removes only the names for which it holds; called outside the catalog's transactions.
    /// - Returns: what was removed.
    /// - Throws: as ``authorizeUpload(to:session:as:)``.
    package func removeFiles(
        at location: FileLocation, session: Int64? = nil, as principal: Principal,
        matching: (String) throws -> Bool = { _ in true }
    ) throws -> [FileEntry] {
        try removeFiles(
            at: location, session: session, as: principal,
            choosing: { entries in try entries.filter { try matching($0.name) } })
    }

    /// Removes those files that `choosing` gives, of the one of the location's path or those below it.
    ///
    /// The files are chosen outside the catalog's transactions, which wait for nobody: one that was removed meanwhile
    /// is left out of the answer, and one that was put anew under a chosen path is removed.
    ///
    /// - Returns: what was removed.
    /// - Throws: as ``authorizeUpload(to:session:as:)``.
    package func removeFiles(
        at location: FileLocation, session: Int64? = nil, as principal: Principal,
        choosing: ([FileEntry]) throws -> [FileEntry]
    ) throws -> [FileEntry] {
        let (target, directory) = try authorizeUpload(to: location, session: session, as: principal)
        let entries = try catalog.read { try files(of: target, at: location, below: directory, in: $0) }
        // By the bytes of the paths: to Swift, two texts may be equal that are not the same path.
        let chosen = Set(try choosing(entries).map { Array($0.file.path.utf8) })
        guard !chosen.isEmpty else { return [] }
        return try catalog.write { tx in
            let gone = try files(of: target, at: location, below: directory, in: tx).filter {
                chosen.contains(Array($0.file.path.utf8))
            }
            for entry in gone {
                switch target {
                case .stage(let id): try tx.deleteStageFile(id, path: entry.file.path)
                case .version(let id): try tx.deleteArtifact(id, path: entry.file.path)
                }
            }
            return gone
        }
    }

    /// The files of a target that may be written to, under the names that its location gives them.
    private func files(
        of target: UploadTarget, at location: FileLocation, below directory: String, in reader: CatalogReader
    ) throws -> [FileEntry] {
        switch (target, location) {
        case (.stage(let id), .stage(let name, _)):
            return try reader.stageFiles(id, below: directory).map {
                FileEntry(name: "\(name.name.name.lowercased())/\($0.path)", file: $0)
            }
        case (.version(let id), .version(_, let version, _)):
            try requireLive(id, in: reader)
            return try reader.artifacts(id, below: directory).map {
                FileEntry(name: "versions/\(version.name)/\($0.path)", file: $0)
            }
        default: return []
        }
    }
}
