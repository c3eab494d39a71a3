import Registry
import SnowflakeSQL
import Store
import Types

/// CREATE, ALTER and DROP of databases and schemas. The catalog decides; DuckDB's files follow.
extension StatementContext {
    func createDatabase(_ create: CreateContainer) throws -> StatementResult {
        try refuseClone(create, "DATABASE")
        let name = try simpleName(create.name, kind: "database")
        let created = try engine.registry.createDatabase(
            name, mode: createMode(orReplace: create.orReplace, ifNotExists: create.ifNotExists),
            comment: create.comment ?? "", as: principal)
        if created.isNew {
            if let old = created.replacedID { try engine.databases.detach(old) }
            try engine.databases.attach(created.id, name: name)
            try engine.databases.createSchema(Identifier(resolved: "PUBLIC"), in: created.id)
        }
        session.update {
            $0.database = name
            $0.schema = Identifier(resolved: "PUBLIC")
        }
        return createdStatus("Database", name.description, created)
    }

    func createSchema(_ create: CreateContainer) throws -> StatementResult {
        try refuseClone(create, "SCHEMA")
        let name = try namespace(create.name)
        try UserDatabases.checkSchemaName(name.schema)
        let database = try engine.registry.findDatabase(name.database, as: principal)
        let created = try engine.registry.createSchema(
            name, mode: createMode(orReplace: create.orReplace, ifNotExists: create.ifNotExists),
            comment: create.comment ?? "", as: principal)
        if created.isNew {
            if created.replacedID != nil { try engine.databases.dropSchema(name.schema, in: database.id) }
            try engine.databases.createSchema(name.schema, in: database.id)
        }
        session.update {
            $0.database = name.database
            $0.schema = name.schema
        }
        return createdStatus("Schema", name.schema.description, created)
    }

    func dropDatabase(_ drop: DropStatement) throws -> StatementResult {
        let name = try simpleName(drop.name, kind: "database")
        guard let dropped = try engine.registry.dropDatabase(name, ifExists: drop.ifExists, as: principal) else {
            return status("Drop statement executed successfully (\(name) already dropped).")
        }
        try engine.databases.detach(dropped.id)
        session.update { place in
            if place.database == name {
                place.database = nil
                place.schema = nil
            }
        }
        return status("\(name) successfully dropped.")
    }

    func dropSchema(_ drop: DropStatement) throws -> StatementResult {
        let name = try namespace(drop.name)
        guard let dropped = try engine.registry.dropSchema(name, ifExists: drop.ifExists, as: principal) else {
            return status("Drop statement executed successfully (\(name.schema) already dropped).")
        }
        if let database = dropped.row.parentID { try engine.databases.dropSchema(name.schema, in: database) }
        session.update { place in
            if place.database == name.database, place.schema == name.schema { place.schema = nil }
        }
        return status("\(name.schema) successfully dropped.")
    }

    func createMode(orReplace: Bool, ifNotExists: Bool) throws -> CreateMode {
        guard !(orReplace && ifNotExists) else {
            throw RegistryError(.syntax, "OR REPLACE and IF NOT EXISTS exclude each other.")
        }
        return orReplace ? .orReplace : ifNotExists ? .ifNotExists : .plain
    }

    func createdStatus(_ kind: String, _ name: String, _ created: Created) -> StatementResult {
        status(
            created.isNew
                ? "\(kind) \(name) successfully created." : "\(name) already exists, statement succeeded.")
    }

    /// DuckDB does not tell names apart that differ only in case: the second one is refused.
    func refuseTwin(of name: Identifier, among others: [Identifier], kind: String) throws {
        guard others.contains(where: { $0 != name && $0.name.lowercased() == name.name.lowercased() }) else { return }
        throw RegistryError.takenButForCase(kind, name)
    }

    private func refuseClone(_ create: CreateContainer, _ kind: String) throws {
        guard create.clone != nil else { return }
        throw RegistryError(.unsupported, "CREATE \(kind) … CLONE is not supported.")
    }
}
