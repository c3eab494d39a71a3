import Access
package import Store
package import Types

/// An object of a schema with the text of its options.
package struct ObjectWithOptions: Hashable, Sendable {
    package let listed: ListedObject
    /// A JSON object.
    package let options: String
}

extension ModelRegistry {
    /// Makes a stage.
    ///
    /// - Parameters:
    ///   - options: a JSON object that is kept as it is, e.g. with the file format.
    ///   - temporarySession: the session that alone sees the stage and whose end drops it; nil for a lasting stage.
    package func createStage(
        _ name: ObjectName, mode: CreateMode = .plain, options: String = "{}", comment: String = "",
        temporarySession: Int64? = nil, as principal: Principal
    ) throws -> Created {
        try catalog.write { tx in
            let schema = try locateSchema(name.namespace, as: principal, in: tx)
            let new = NewObject(
                kind: .stage, name: name.name, qualifiedName: name.description, parent: schema.reference,
                comment: comment, mode: mode, session: temporarySession, create: .createStage, drop: .dropStage)
            return try create(new, as: principal, in: tx) { try tx.insertStage($0, options: options) }
        }
    }

    /// Drops a stage with its files.
    package func dropStage(
        _ name: ObjectName, ifExists: Bool = false, session: Int64? = nil, as principal: Principal
    ) throws -> Located? {
        try drop(.dropStage, ifExists: ifExists, as: principal) {
            try locate(.stage, name, session: session, as: principal, in: $0)
        }
    }

    /// The stages that the principal may see and the session's temporary ones.
    package func stages(
        in scope: Scope, _ filter: ShowFilter = ShowFilter(), session: Int64? = nil, as principal: Principal
    ) throws -> [ObjectWithOptions] {
        try catalog.read { reader in
            try list([.stage], in: scope, filter, session: session, as: principal, in: reader).map {
                ObjectWithOptions(listed: $0, options: try reader.stageOptions($0.object.id))
            }
        }
    }

    /// One stage with its options, for a principal that may read from it.
    package func stage(
        _ name: ObjectName, session: Int64? = nil, as principal: Principal
    ) throws -> ObjectWithOptions {
        try catalog.read { reader in
            let found = try locate(.stage, name, session: session, as: principal, in: reader)
            if found.row.sessionID == nil {
                try access.requireVisible(found.reference, as: principal, in: reader)
            }
            return ObjectWithOptions(
                listed: ListedObject(object: found.row, database: name.database, schema: name.schema),
                options: try reader.stageOptions(found.id))
        }
    }

    /// Makes a named file format.
    ///
    /// - Parameters: as ``createStage(_:mode:options:comment:temporarySession:as:)``.
    package func createFileFormat(
        _ name: ObjectName, mode: CreateMode = .plain, options: String, comment: String = "",
        temporarySession: Int64? = nil, as principal: Principal
    ) throws -> Created {
        try catalog.write { tx in
            let schema = try locateSchema(name.namespace, as: principal, in: tx)
            let new = NewObject(
                kind: .fileFormat, name: name.name, qualifiedName: name.description, parent: schema.reference,
                comment: comment, mode: mode, session: temporarySession, create: .createFileFormat,
                drop: .dropFileFormat)
            return try create(new, as: principal, in: tx) { try tx.insertFileFormat($0, options: options) }
        }
    }

    package func dropFileFormat(
        _ name: ObjectName, ifExists: Bool = false, session: Int64? = nil, as principal: Principal
    ) throws -> Located? {
        try drop(.dropFileFormat, ifExists: ifExists, as: principal) {
            try locate(.fileFormat, name, session: session, as: principal, in: $0)
        }
    }

    package func fileFormats(
        in scope: Scope, _ filter: ShowFilter = ShowFilter(), session: Int64? = nil, as principal: Principal
    ) throws -> [ObjectWithOptions] {
        try catalog.read { reader in
            try list([.fileFormat], in: scope, filter, session: session, as: principal, in: reader).map {
                ObjectWithOptions(listed: $0, options: try reader.fileFormatOptions($0.object.id))
            }
        }
    }

    /// The JSON options of a file format, for a principal that may use it.
    package func fileFormat(_ name: ObjectName, session: Int64? = nil, as principal: Principal) throws -> String {
        try catalog.read { reader in
            let found = try locate(.fileFormat, name, session: session, as: principal, in: reader)
            if found.row.sessionID == nil {
                try access.require(.useFileFormat, on: found.reference, as: principal, in: reader)
            }
            return try reader.fileFormatOptions(found.id)
        }
    }

    /// Drops the temporary stages and file formats of a session that ends. Without effect the second time.
    package func endSession(_ session: Int64) throws {
        let hasAny = try catalog.read { try !$0.temporaryObjects(of: session).isEmpty }
        if hasAny { try catalog.write { try $0.dropTemporaryObjects(of: session, now: time.now()) } }
    }

    /// Drops what sessions of an earlier run of the server left. For the start, before there are sessions.
    package func endAllSessions() throws {
        try catalog.write { try $0.dropTemporaryObjects(now: time.now()) }
    }
}
