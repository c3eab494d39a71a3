package import Access
package import Store
package import Types

/// An object that was found, with its name as messages show it.
package struct Located: Hashable, Sendable {
    package let row: ObjectRow
    package let reference: ObjectRef

    package var id: Int64 { row.id }
}

extension ModelRegistry {
    /// The live object, where the principal may see it.
    ///
    /// - Parameters:
    ///   - kind: a kind that lives in a schema. A view is found where a table is asked for, and the other way round.
    ///   - session: the session whose temporary objects come first.
    /// - Throws: `notFound`, the same for what is not there and for what may not be seen, with near names as a hint.
    package func find(
        _ kind: ObjectKind, _ name: ObjectName, session: Int64? = nil, as principal: Principal
    ) throws -> Located {
        try catalog.read { reader in
            let found = try locate(kind, name, session: session, as: principal, in: reader)
            try access.requireVisible(found.reference, as: principal, in: reader)
            return found
        }
    }

    /// The live database, where the principal may see it.
    package func findDatabase(_ name: Identifier, as principal: Principal) throws -> Located {
        try catalog.read { reader in
            let found = try locateDatabase(name, in: reader)
            try access.requireVisible(found.reference, as: principal, in: reader)
            return found
        }
    }

    /// The live schema, where the principal may see it.
    package func findSchema(_ namespace: Namespace, as principal: Principal) throws -> Located {
        try catalog.read { reader in
            let found = try locateSchema(namespace, as: principal, in: reader)
            try access.requireVisible(found.reference, as: principal, in: reader)
            return found
        }
    }

    /// Requires what the authorisation point's table says of the action.
    ///
    /// - Throws: `notFound` for what may not be seen, `permissionDenied`.
    package func require(_ action: Action, on object: ObjectRef, as principal: Principal) throws {
        try catalog.read { try access.require(action, on: object, as: principal, in: $0) }
    }

    func locateDatabase(_ name: Identifier, in reader: CatalogReader) throws -> Located {
        guard let row = try reader.accountObject(.database, name) else {
            throw RegistryError.missing(ObjectKind.database.word, name.description)
        }
        return Located(row: row, reference: ObjectRef(.database, row.id, name: name.description))
    }

    /// The live schema, seen or not. Where the database may not be seen, the error names it and not the schema.
    func locateSchema(
        _ namespace: Namespace, as principal: Principal, in reader: CatalogReader
    ) throws -> Located {
        let database = try locateDatabase(namespace.database, in: reader)
        guard let row = try reader.object(.schema, namespace.schema, in: database.id) else {
            try access.requireVisible(database.reference, as: principal, in: reader)
            throw RegistryError.missing(ObjectKind.schema.word, namespace.description)
        }
        return Located(row: row, reference: ObjectRef(.schema, row.id, name: namespace.description))
    }

    /// The live object. The caller asks the authorisation point about what it may do with it.
    ///
    /// - Throws: `notFound`, with the same hint for what is not there and for what may not be seen; where the schema
    ///   may not be seen either, the error names it and not the object.
    func locate(
        _ kind: ObjectKind, _ name: ObjectName, session: Int64? = nil, as principal: Principal,
        in reader: CatalogReader
    ) throws -> Located {
        let schema = try locateSchema(name.namespace, as: principal, in: reader)
        let found = try reader.object(kind, name.name, in: schema.id, sessionID: session)
        var viewer = try access.viewer(principal, in: reader)
        guard let row = found, try row.sessionID != nil || viewer.sees(row, in: reader) else {
            try access.requireVisible(schema.reference, as: principal, in: reader)
            throw RegistryError.missing(
                kind.word, name.description,
                near: try nearNames(kind, in: schema, name.namespace, as: principal, in: reader),
                asked: name.name.description)
        }
        return Located(row: row, reference: ObjectRef(row.kind, row.id, name: name.description))
    }

    private func nearNames(
        _ kind: ObjectKind, in schema: Located, _ place: Namespace, as principal: Principal, in reader: CatalogReader
    ) throws -> [String] {
        let page = try reader.objectPage(
            [kind], schemaID: schema.id, in: place, names: NameFilter(), after: nil, limit: 200)
        return try access.visible(page.map(\.object), as: principal, in: reader).map(\.name.description)
    }
}
