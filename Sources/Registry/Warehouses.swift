package import Access
package import Store
package import Types

extension ModelRegistry {
    package func createWarehouse(
        _ name: Identifier, _ record: WarehouseRecord = WarehouseRecord(), mode: CreateMode = .plain,
        comment: String = "", as principal: Principal
    ) throws -> Created {
        try catalog.write { tx in
            let new = NewObject(
                kind: .warehouse, name: name, qualifiedName: name.description, parent: .account, comment: comment,
                mode: mode, create: .createWarehouse, drop: .dropWarehouse)
            return try create(new, as: principal, in: tx) { try tx.insertWarehouse($0, record) }
        }
    }

    package func dropWarehouse(
        _ name: Identifier, ifExists: Bool = false, as principal: Principal
    ) throws -> Located? {
        try drop(.dropWarehouse, ifExists: ifExists, as: principal) { try locateWarehouse(name, in: $0) }
    }

    /// One warehouse, for a principal that may do the action with it.
    package func warehouse(
        _ name: Identifier, for action: Action = .describeWarehouse, as principal: Principal
    ) throws -> (object: ObjectRow, record: WarehouseRecord) {
        try catalog.read { reader in
            let found = try locateWarehouse(name, in: reader)
            try access.require(action, on: found.reference, as: principal, in: reader)
            return (found.row, try reader.warehouse(found.id) ?? WarehouseRecord())
        }
    }

    /// Changes a warehouse's properties; one that is resumed notes when.
    ///
    /// - Parameter action: `.operateWarehouse` to suspend or resume, `.useWarehouse` where a statement resumes it, else
    ///   `.alterWarehouse`.
    package func alterWarehouse(
        _ name: Identifier, _ action: Action = .alterWarehouse, as principal: Principal,
        change: (inout WarehouseRecord) throws -> Void
    ) throws {
        try catalog.write { tx in
            let found = try locateWarehouse(name, in: tx)
            try access.require(action, on: found.reference, as: principal, in: tx)
            try self.change(found, action.rawValue, as: principal, in: tx, change)
        }
    }

    /// Suspends warehouses that nothing used for their time. The server's own doing: asks nobody.
    ///
    /// - Parameter isIdle: whether the warehouse of this id is to be suspended.
    /// - Returns: those that were suspended.
    package func suspendWarehouses(
        where isIdle: (ObjectRow, WarehouseRecord) throws -> Bool
    ) throws -> [ObjectRow] {
        func idle(_ reader: CatalogReader) throws -> [ObjectRow] {
            try reader.children(.warehouse, of: nil, names: NameFilter()).map(\.object).filter { row in
                guard let record = try reader.warehouse(row.id), !record.isSuspended else { return false }
                return try isIdle(row, record)
            }
        }
        guard try !catalog.read(idle).isEmpty else { return [] }
        return try catalog.write { tx in
            let rows = try idle(tx)
            for row in rows {
                let found = Located(
                    row: row, reference: ObjectRef(.warehouse, row.id, name: row.name.description))
                try change(found, "AUTO_SUSPEND", as: Accounts.server, in: tx) { $0.isSuspended = true }
            }
            return rows
        }
    }

    private func change(
        _ found: Located, _ action: String, as principal: Principal, in tx: CatalogTransaction,
        _ change: (inout WarehouseRecord) throws -> Void
    ) throws {
        let now = time.now()
        let before = try tx.warehouse(found.id) ?? WarehouseRecord()
        var after = before
        try change(&after)
        if before.isSuspended, !after.isSuspended { after.resumedOn = now }
        guard after != before else { return }
        try tx.setWarehouse(found.id, after)
        func facts(_ record: WarehouseRecord) -> [String: String] {
            ["size": record.size, "suspended": "\(record.isSuspended)", "options": record.options]
        }
        let entry = AuditEntry(principal, action, found.reference, from: facts(before), to: facts(after))
        try tx.audit(entry, now: now)
    }

    package func renameWarehouse(_ name: Identifier, to newName: Identifier, as principal: Principal) throws {
        try catalog.write { tx in
            let found = try locateWarehouse(name, in: tx)
            try access.require(.alterWarehouse, on: found.reference, as: principal, in: tx)
            try rename(found, to: newName, in: ObjectRef.account.id, shown: newName.description, as: principal, in: tx)
        }
    }

    package func setWarehouseComment(_ name: Identifier, _ comment: String, as principal: Principal) throws {
        try self.comment(comment, action: .alterWarehouse, as: principal) { try locateWarehouse(name, in: $0) }
    }

    /// The warehouses that the principal may see, by name.
    package func warehouses(
        _ filter: ShowFilter = ShowFilter(), as principal: Principal
    ) throws -> [(object: ObjectRow, record: WarehouseRecord)] {
        try catalog.read { reader in
            let rows = try reader.children(.warehouse, of: nil, names: filter.names).map(\.object)
            return try filter.cut(try access.visible(rows, as: principal, in: reader)) { $0.name }.map {
                (object: $0, record: try reader.warehouse($0.id) ?? WarehouseRecord())
            }
        }
    }

    private func locateWarehouse(_ name: Identifier, in reader: CatalogReader) throws -> Located {
        guard let row = try reader.accountObject(.warehouse, name) else {
            throw RegistryError.missing(ObjectKind.warehouse.word, name.description)
        }
        return Located(row: row, reference: ObjectRef(.warehouse, row.id, name: name.description))
    }
}
