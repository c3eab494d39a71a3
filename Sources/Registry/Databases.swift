import Access
package import Store
package import Types

extension ModelRegistry {
    /// Makes a database with its schema PUBLIC.
    ///
    /// - Throws: `alreadyExists`, `permissionDenied`.
    package func createDatabase(
        _ name: Identifier, mode: CreateMode = .plain, comment: String = "", as principal: Principal
    ) throws -> Created {
        try catalog.write { tx in
            let new = NewObject(
                kind: .database, name: name, qualifiedName: name.description, parent: .account, comment: comment,
                mode: mode, create: .createDatabase, drop: .dropDatabase)
            let created = try create(new, as: principal, in: tx)
            if created.isNew {
                let owner = try tx.object(created.id)?.ownerRoleID
                _ = try tx.createObject(
                    .schema, Identifier(resolved: "PUBLIC"), in: created.id, ownerRoleID: owner, now: time.now())
            }
            return created
        }
    }

    /// Drops a database softly, with everything in it.
    ///
    /// - Returns: what was dropped; nil where there was none and `ifExists` is set.
    package func dropDatabase(
        _ name: Identifier, ifExists: Bool = false, as principal: Principal
    ) throws -> Located? {
        try drop(.dropDatabase, ifExists: ifExists, as: principal) { try locateDatabase(name, in: $0) }
    }

    package func renameDatabase(_ name: Identifier, to newName: Identifier, as principal: Principal) throws {
        try catalog.write { tx in
            let found = try locateDatabase(name, in: tx)
            try access.require(.alterDatabase, on: found.reference, as: principal, in: tx)
            try rename(found, to: newName, in: ObjectRef.account.id, shown: newName.description, as: principal, in: tx)
        }
    }

    package func setDatabaseComment(_ name: Identifier, _ comment: String, as principal: Principal) throws {
        try self.comment(comment, action: .alterDatabase, as: principal) { try locateDatabase(name, in: $0) }
    }

    /// The databases that the principal may see, by name.
    package func databases(_ filter: ShowFilter = ShowFilter(), as principal: Principal) throws -> [ObjectRow] {
        try catalog.read { reader in
            let rows = try reader.children(.database, of: nil, names: filter.names).map(\.object)
            return filter.cut(try access.visible(rows, as: principal, in: reader)) { $0.name }
        }
    }

    /// Makes a schema.
    package func createSchema(
        _ name: Namespace, mode: CreateMode = .plain, comment: String = "", as principal: Principal
    ) throws -> Created {
        try catalog.write { tx in
            let database = try locateDatabase(name.database, in: tx)
            guard name.schema.name != "INFORMATION_SCHEMA" else {
                throw RegistryError.exists(ObjectKind.schema.word, name.description)
            }
            let new = NewObject(
                kind: .schema, name: name.schema, qualifiedName: name.description, parent: database.reference,
                comment: comment, mode: mode, create: .createSchema, drop: .dropSchema)
            return try create(new, as: principal, in: tx)
        }
    }

    /// Drops a schema softly, with everything in it.
    ///
    /// - Returns: what was dropped; nil where there was none and `ifExists` is set.
    package func dropSchema(_ name: Namespace, ifExists: Bool = false, as principal: Principal) throws -> Located? {
        try drop(.dropSchema, ifExists: ifExists, as: principal) { try locateSchema(name, as: principal, in: $0) }
    }

    /// Renames a schema, or moves it to another database.
    package func renameSchema(_ name: Namespace, to newName: Namespace, as principal: Principal) throws {
        try catalog.write { tx in
            let found = try locateSchema(name, as: principal, in: tx)
            try access.require(.alterSchema, on: found.reference, as: principal, in: tx)
            let database = try locateDatabase(newName.database, in: tx)
            if name.database != newName.database {
                try access.require(.createSchema, on: database.reference, as: principal, in: tx)
            }
            try rename(
                found, to: newName.schema, in: database.id, shown: newName.description, as: principal, in: tx)
        }
    }

    package func setSchemaComment(_ name: Namespace, _ comment: String, as principal: Principal) throws {
        try self.comment(comment, action: .alterSchema, as: principal) { try locateSchema(name, as: principal, in: $0) }
    }

    /// The schemas that the principal may see, by database and name.
    ///
    /// - Parameter database: only of this database; nil for all.
    package func schemas(
        in database: Identifier? = nil, _ filter: ShowFilter = ShowFilter(), as principal: Principal
    ) throws -> [ListedObject] {
        try catalog.read { reader in
            var databaseID: Int64?
            if let database {
                let found = try locateDatabase(database, in: reader)
                try access.requireVisible(found.reference, as: principal, in: reader)
                databaseID = found.id
            }
            let rows = try reader.children(.schema, of: databaseID, names: filter.names)
            return filter.cut(try access.visible(rows, as: principal, in: reader, object: \.object)) { $0.object.name }
        }
    }

    func rename(
        _ found: Located, to name: Identifier, in parentID: Int64, shown: String, as principal: Principal,
        in tx: CatalogTransaction
    ) throws {
        try refuseTwin(found.row.kind, of: name, in: parentID, besides: found.id, in: tx)
        let now = time.now()
        do {
            try tx.renameObject(found.row, to: name, in: parentID, now: now)
        } catch let error as RegistryError where error.code == .alreadyExists {
            throw RegistryError.exists(found.row.kind.word, shown)
        }
        var (from, to) = (["name": found.reference.name], ["name": shown])
        if let before = found.row.parentID, before != parentID {
            // The stable id of the place: names of schemas and databases may change, too.
            from["parent"] = "\(before)"
            to["parent"] = "\(parentID)"
        }
        let entry = AuditEntry(
            principal, "RENAME", ObjectRef(found.row.kind, found.id, name: shown), from: from, to: to)
        try tx.audit(entry, now: now)
    }
}
