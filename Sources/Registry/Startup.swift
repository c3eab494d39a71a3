import Access
import Store
package import Types

/// A database with its schemas and the tables in them, as a start finds them in the catalog.
package struct StoredDatabase: Sendable {
    package let id: Int64
    package let name: Identifier
    /// Tables (not views) by schema.
    package let tables: [Identifier: [StoredTable]]

    package struct StoredTable: Sendable {
        package let id: Int64
        package let name: Identifier
    }
}

extension ModelRegistry {
    private static let namespacesSetting = "default-namespaces"

    /// Brings the catalog in order before there are sessions: makes ML.REGISTRY and ML.PUBLIC at the very first start,
    /// and drops what sessions of an earlier run left.
    package func prepareAtStart() throws {
        try endAllSessions()
        try catalog.write { tx in
            let known = try tx.one(
                "SELECT value FROM setting WHERE name = $1", [.text(ModelRegistry.namespacesSetting)])
            guard known == nil else { return }
            let now = time.now()
            let owner = try tx.accountObject(.role, SystemRole.accountAdmin.name)?.id
            let database = try tx.createObject(
                .database, Identifier(resolved: "ML"), in: ObjectRef.account.id, ownerRoleID: owner, now: now)
            for schema in ["REGISTRY", "PUBLIC"] {
                _ = try tx.createObject(
                    .schema, Identifier(resolved: schema), in: database, ownerRoleID: owner, now: now)
            }
            try tx.run(
                "INSERT INTO setting (name, value) VALUES ($1, $2)",
                [.text(ModelRegistry.namespacesSetting), .text("made")])
            try tx.audit(
                AuditEntry(
                    Accounts.server, Action.createDatabase.rawValue, ObjectRef(.database, database, name: "ML"),
                    to: ["schemas": "REGISTRY, PUBLIC"]), now: now)
        }
    }

    /// Every live database with what is in it. Asks nobody: for the start.
    package func storedDatabases() throws -> [StoredDatabase] {
        try catalog.read { reader in
            try reader.children(.database, of: nil, names: NameFilter()).map { database in
                var tables: [Identifier: [StoredDatabase.StoredTable]] = [:]
                for schema in try reader.children(.schema, of: database.object.id, names: NameFilter()) {
                    tables[schema.object.name] = try allTables(in: schema, reader)
                }
                return StoredDatabase(id: database.object.id, name: database.object.name, tables: tables)
            }
        }
    }

    private func allTables(in schema: ListedObject, _ reader: CatalogReader) throws -> [StoredDatabase.StoredTable] {
        var tables: [StoredDatabase.StoredTable] = []
        var last: ListedObject?
        repeat {
            let page = try reader.objectPage(
                [.table], schemaID: schema.object.id, in: Namespace(schema.database, schema.schema),
                names: NameFilter(), after: last, limit: 1000)
            tables += page.map { StoredDatabase.StoredTable(id: $0.object.id, name: $0.object.name) }
            last = page.count == 1000 ? page.last : nil
        } while last != nil
        return tables
    }

    /// Drops the row of a table whose rows are gone: a CREATE TABLE that a crash cut off before it was answered.
    package func forgetTable(_ id: Int64) throws {
        try catalog.write { try $0.dropObject(id, now: time.now()) }
    }

    /// The live warehouse, role or user, where the principal may see it.
    package func findAccountObject(
        _ kind: ObjectKind, _ name: Identifier, as principal: Principal
    ) throws -> Located {
        try catalog.read { reader in
            guard let row = try reader.accountObject(kind, name) else {
                throw RegistryError.missing(kind.word, name.description)
            }
            let reference = ObjectRef(kind, row.id, name: name.description)
            try access.requireVisible(reference, as: principal, in: reader)
            return Located(row: row, reference: reference)
        }
    }
}
