import Access
package import Store
package import Types

/// A table or view, as the catalog knows it. Its rows are the engine's.
package struct TableRow: Hashable, Sendable {
    package let listed: ListedObject
    /// A view's SQL text, `""` for a table.
    package let definition: String
    /// JSON about the columns, as the engine keeps it.
    package let columns: String
}

extension ModelRegistry {
    /// Writes down a table or view.
    ///
    /// - Parameters:
    ///   - kind: `table` or `view`; they share their names.
    ///   - definition: a view's SQL text, `""` for a table.
    ///   - columns: JSON about the columns, kept as it is.
    package func createTable(
        _ kind: ObjectKind, _ name: ObjectName, definition: String = "", columns: String = "[]",
        mode: CreateMode = .plain, comment: String = "", as principal: Principal
    ) throws -> Created {
        try catalog.write { tx in
            let schema = try locateSchema(name.namespace, as: principal, in: tx)
            let new = NewObject(
                kind: kind, name: name.name, qualifiedName: name.description, parent: schema.reference,
                comment: comment, mode: mode, create: kind == .view ? .createView : .createTable, drop: .dropTable)
            return try create(new, as: principal, in: tx) {
                try tx.insertTable($0, definition: definition, columns: columns)
            }
        }
    }

    /// Drops a table or view.
    ///
    /// - Parameter kind: what the statement names; the other of the two is refused.
    package func dropTable(
        _ kind: ObjectKind, _ name: ObjectName, ifExists: Bool = false, as principal: Principal
    ) throws -> Located? {
        try drop(.dropTable, ifExists: ifExists, as: principal) { tx in
            let found = try locate(kind, name, as: principal, in: tx)
            try requireKind(kind, found)
            return found
        }
    }

    /// Renames a table or view, or moves it within its database.
    package func renameTable(
        _ kind: ObjectKind, _ name: ObjectName, to newName: ObjectName, as principal: Principal
    ) throws {
        try catalog.write { tx in
            let found = try locate(kind, name, as: principal, in: tx)
            try access.require(.alterTable, on: found.reference, as: principal, in: tx)
            try requireKind(kind, found)
            let schema = try locateSchema(newName.namespace, as: principal, in: tx)
            if newName.namespace != name.namespace {
                try access.require(
                    kind == .view ? .createView : .createTable, on: schema.reference, as: principal, in: tx)
            }
            try rename(found, to: newName.name, in: schema.id, shown: newName.description, as: principal, in: tx)
        }
    }

    package func setTableComment(
        _ kind: ObjectKind, _ name: ObjectName, _ comment: String, as principal: Principal
    ) throws {
        try self.comment(comment, action: .alterTable, as: principal) { tx in
            let found = try locate(kind, name, as: principal, in: tx)
            // ALTER TABLE takes views, too; ALTER VIEW takes no table.
            if kind == .view { try requireKind(kind, found) }
            return found
        }
    }

    /// Replaces what the catalog knows of the columns or of the view's text.
    package func setTableFacts(
        _ name: ObjectName, definition: String, columns: String, as principal: Principal
    ) throws {
        try catalog.write { tx in
            let found = try locate(.table, name, as: principal, in: tx)
            try access.require(.alterTable, on: found.reference, as: principal, in: tx)
            try tx.setTableFacts(found.id, definition: definition, columns: columns)
            try tx.audit(AuditEntry(principal, "ALTER TABLE", found.reference), now: time.now())
        }
    }

    /// One table or view, where the principal may see it.
    package func table(_ name: ObjectName, as principal: Principal) throws -> TableRow {
        try catalog.read { reader in
            let found = try locate(.table, name, as: principal, in: reader)
            try access.requireVisible(found.reference, as: principal, in: reader)
            return try row(ListedObject(object: found.row, database: name.database, schema: name.schema), in: reader)
        }
    }

    /// The tables and views that the principal may see.
    package func tables(
        _ kinds: [ObjectKind] = [.table, .view], in scope: Scope, _ filter: ShowFilter = ShowFilter(),
        as principal: Principal
    ) throws -> [TableRow] {
        try catalog.read { reader in
            try list(kinds, in: scope, filter, as: principal, in: reader).map { try row($0, in: reader) }
        }
    }

    private func row(_ listed: ListedObject, in reader: CatalogReader) throws -> TableRow {
        let facts = try reader.tableFacts(listed.object.id)
        return TableRow(listed: listed, definition: facts?.definition ?? "", columns: facts?.columns ?? "[]")
    }

    private func requireKind(_ kind: ObjectKind, _ found: Located) throws {
        guard found.row.kind == kind else {
            throw RegistryError(
                .invalidArgument,
                "'\(found.reference.name)' is a \(found.row.kind.word.lowercased()), "
                    + "not a \(kind.word.lowercased()).")
        }
    }
}
