import Access
import Foundation
import Inference
import Registry
import Store
import Synchronization
import Types

/// The warehouse that a statement's models run in.
extension StatementContext {
    /// The statement's part in the session's warehouse, resumed where it was suspended; nil where the session has none
    /// that its role may use: then nothing but the server's own settings limits the workers.
    ///
    /// - Throws: `failedPrecondition` for a suspended warehouse that does not resume by itself.
    func warehouseLease() throws -> WarehouseLease? {
        guard !request.describeOnly, let name = session.summary.warehouse else { return nil }
        if let known = lease.withLock({ $0 }) { return known }
        let found: (object: ObjectRow, record: WarehouseRecord)
        do {
            found = try engine.registry.warehouse(name, for: .useWarehouse, as: principal)
        } catch let error as RegistryError where [.notFound, .permissionDenied].contains(error.code) {
            return nil
        }
        let properties = try WarehouseProperties(found.record)
        if found.record.isSuspended {
            guard properties.autoResume else {
                throw RegistryError(
                    .failedPrecondition, "Warehouse '\(name)' is suspended and does not resume by itself.",
                    hint: "ALTER WAREHOUSE \(name) RESUME, or SET AUTO_RESUME = TRUE.")
            }
            try engine.registry.alterWarehouse(name, .useWarehouse, as: principal) { $0.isSuspended = false }
        }
        let made = WarehouseLease(
            gate: engine.warehouses.gate(found.object.id), workers: engine.workers(of: properties))
        made.gate.begin(now: engine.now())
        let now = engine.now
        afterwards { made.gate.end(now: now()) }
        lease.withLock { $0 = made }
        return made
    }
}

extension QueryEngine {
    /// The workers that a warehouse may use at once: those of the smallest size, times its size and clusters.
    func workers(of properties: WarehouseProperties) -> Int {
        settings.warehouseWorkers.multipliedReportingOverflow(
            by: properties.size.factor * properties.maximumClusters
        ).partialValue
    }

    /// Suspends the warehouses that ran no model for their AUTO_SUSPEND, and retires the idle workers of what ran there.
    package func suspendIdleWarehouses() throws {
        let now = now()
        let suspended = try registry.suspendWarehouses { row, record in
            guard let seconds = try WarehouseProperties(record).autoSuspend,
                let idleSince = warehouses.gate(row.id).idleSince
            else { return false }
            let made = Double(record.resumedOn ?? row.createdOn) / 1000
            return now.timeIntervalSince(max(idleSince, Date(timeIntervalSince1970: made))) >= Double(seconds)
        }
        for row in suspended { retireWorkers(ofWarehouse: row.id) }
    }

    /// Ends the idle workers of versions that ran in this warehouse alone.
    func retireWorkers(ofWarehouse id: Int64) {
        for version in warehouses.takeVersions(of: id) { runtime.forget(versionID: version) }
    }
}
