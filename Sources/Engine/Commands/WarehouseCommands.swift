import Access
import Registry
import SnowflakeSQL
import Store
import Types

/// CREATE, ALTER and SHOW WAREHOUSES.
extension StatementContext {
    func createWarehouse(_ create: CreateWithOptions) throws -> StatementResult {
        let name = try simpleName(create.name, kind: "warehouse")
        var record = WarehouseRecord()
        var properties = try WarehouseProperties(record)
        for entry in create.options.entries {
            try properties.set(entry)
            if entry.name.uppercased() == "INITIALLY_SUSPENDED" { record.isSuspended = entry.value.boolean ?? false }
        }
        try properties.store(in: &record)
        let created = try engine.registry.createWarehouse(
            name, record, mode: try createMode(orReplace: create.orReplace, ifNotExists: create.ifNotExists),
            comment: create.comment ?? "", as: principal)
        session.update { $0.warehouse = name }
        return createdStatus("Warehouse", name.description, created)
    }

    /// - Returns: false where the change is none that warehouses have.
    func alterWarehouse(_ alter: AlterObject, _ reference: ObjectReference) throws -> Bool {
        let registry = engine.registry
        let name = try simpleName(reference, kind: "warehouse")
        switch alter.action {
        case .set(let options):
            let rest = options.entries.filter { $0.name.uppercased() != "COMMENT" }
            if !rest.isEmpty {
                try registry.alterWarehouse(name, as: principal) { record in
                    var properties = try WarehouseProperties(record)
                    for entry in rest {
                        guard entry.name.uppercased() != "INITIALLY_SUSPENDED" else {
                            throw RegistryError(
                                .syntax, "INITIALLY_SUSPENDED is for CREATE WAREHOUSE.", position: entry.position)
                        }
                        try properties.set(entry)
                    }
                    try properties.store(in: &record)
                }
            }
            if let comment = options["COMMENT"]?.text {
                try registry.setWarehouseComment(name, comment, as: principal)
            }
        case .unset(let names):
            let rest = names.filter { $0 != "COMMENT" }
            if !rest.isEmpty {
                try registry.alterWarehouse(name, as: principal) { record in
                    var properties = try WarehouseProperties(record)
                    for option in rest { try properties.unset(option) }
                    try properties.store(in: &record)
                }
            }
            if rest.count < names.count { try registry.setWarehouseComment(name, "", as: principal) }
        case .rename(let new):
            let newName = try simpleName(new, kind: "warehouse")
            try registry.renameWarehouse(name, to: newName, as: principal)
            session.update { if $0.warehouse == name { $0.warehouse = newName } }
        case .other(let words): return try operate(name, words)
        default: return false
        }
        return true
    }

    private func operate(_ name: Identifier, _ words: String) throws -> Bool {
        let registry = engine.registry
        switch words {
        case "SUSPEND":
            try registry.alterWarehouse(name, .operateWarehouse, as: principal) { record in
                guard !record.isSuspended else {
                    throw RegistryError(.failedPrecondition, "Warehouse '\(name)' is suspended already.")
                }
                record.isSuspended = true
            }
            let id = try registry.findAccountObject(.warehouse, name, as: principal).id
            engine.retireWorkers(ofWarehouse: id)
        case "RESUME", "RESUME IF SUSPENDED":
            try registry.alterWarehouse(name, .operateWarehouse, as: principal) { record in
                guard record.isSuspended || words != "RESUME" else {
                    throw RegistryError(
                        .failedPrecondition, "Warehouse '\(name)' is started already.", hint: "Write RESUME IF SUSPENDED.")
                }
                record.isSuspended = false
            }
        case "ABORT ALL QUERIES":
            _ = try registry.warehouse(name, for: .operateWarehouse, as: principal)
            engine.cancelStatements(inWarehouse: name, except: run)
        default: return false
        }
        return true
    }

    /// Source of the columns: https://docs.snowflake.com/en/sql-reference/sql/show-warehouses
    func showWarehouses(_ filter: ShowFilter) throws -> ShownRows {
        let current = session.summary.warehouse
        let usual = try engine.accounts.describeUser(session.user, as: principal).user.defaultWarehouse
        return ShownRows(
            ShownRows.columns(
                """
                name state type size min_cluster_count:fixed max_cluster_count:fixed started_clusters:fixed \
                running:fixed queued:fixed is_default is_current auto_suspend:fixed auto_resume available provisioning \
                quiescing other created_on:ltz resumed_on:ltz updated_on:ltz owner comment enable_query_acceleration \
                query_acceleration_max_scale_factor:fixed resource_monitor actives:fixed pendings:fixed failed:fixed \
                suspended:fixed uuid scaling_policy budget owner_role_type resource_constraint
                """),
            try engine.registry.warehouses(filter, as: principal).map { warehouse in
                let (row, record) = (warehouse.object, warehouse.record)
                let properties = try WarehouseProperties(record)
                let load = engine.warehouses.gate(row.id).load
                let share = max(1, engine.workers(of: properties) / properties.maximumClusters)
                let clusters = min(
                    properties.maximumClusters, max(properties.minimumClusters, (load.running + share - 1) / share))
                let started = record.isSuspended ? 0 : clusters
                return [
                    row.name.name, record.isSuspended ? "SUSPENDED" : "STARTED", properties["WAREHOUSE_TYPE"],
                    properties.size.name, "\(properties.minimumClusters)", "\(properties.maximumClusters)", "\(started)",
                    "\(load.statements)", "\(load.queued)", usual == row.name.description ? "Y" : "N",
                    current == row.name ? "Y" : "N", properties.autoSuspend.map { "\($0)" },
                    properties["AUTO_RESUME"], record.isSuspended ? "" : "100", record.isSuspended ? "" : "0",
                    record.isSuspended ? "" : "0", record.isSuspended ? "" : "0", ShownRows.time(row.createdOn),
                    ShownRows.time(record.resumedOn ?? row.createdOn), ShownRows.time(row.alteredOn), row.owner,
                    row.comment, properties["ENABLE_QUERY_ACCELERATION"],
                    properties["QUERY_ACCELERATION_MAX_SCALE_FACTOR"], "null", "\(load.running)", "0", "0",
                    record.isSuspended ? "1" : "0", "\(row.id)", properties["SCALING_POLICY"], nil, "ROLE",
                    properties["RESOURCE_CONSTRAINT"].isEmpty ? nil : properties["RESOURCE_CONSTRAINT"],
                ]
            })
    }
}
