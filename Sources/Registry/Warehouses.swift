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

    /// Changes a warehouse's properties.
    ///
    /// - Parameter action: `.operateWarehouse` to suspend or resume, else `.alterWarehouse`.
    package func alterWarehouse(
        _ name: Identifier, _ action: Action = .alterWarehouse, as principal: Principal,
        change: (inout WarehouseRecord) -> Void
    ) throws {
        try catalog.write { tx in
            let found = try locateWarehouse(name, in: tx)
            try access.require(action, on: found.reference, as: principal, in: tx)
            var record = try tx.warehouse(found.id) ?? WarehouseRecord()
            change(&record)
            try tx.setWarehouse(found.id, record)
            let facts = ["size": record.size, "suspended": "\(record.isSuspended)"]
            try tx.audit(AuditEntry(principal, action.rawValue, found.reference, to: facts), now: time.now())
        }
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
