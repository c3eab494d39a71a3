import Access
package import Store
package import Types

extension ModelRegistry {
    /// Brings back the model of a name that was dropped last, with its versions, aliases, tags and grants.
    ///
    /// - Throws: `notFound` where no model of the name was dropped, `alreadyExists` where the name is taken meanwhile,
    ///   `failedPrecondition` where its time is over; `permissionDenied`.
    package func undropModel(_ name: ObjectName, as principal: Principal) throws {
        try catalog.write { tx in
            let schema = try locateSchema(name.namespace, as: principal, in: tx)
            var viewer = try access.viewer(principal, in: tx)
            let gone = try tx.droppedModels(name.name, in: schema.id).first { try viewer.sees($0, in: tx) }
            guard let gone, let droppedOn = gone.droppedOn else {
                try access.requireVisible(schema.reference, as: principal, in: tx)
                let isThere = try tx.object(.model, name.name, in: schema.id).map { try viewer.sees($0, in: tx) }
                if isThere ?? false { throw RegistryError.exists(ObjectKind.model.word, name.description) }
                throw RegistryError.missing("Dropped model", name.description)
            }
            let reference = ObjectRef(.model, gone.id, name: name.description)
            try access.require(.undropModel, on: reference, as: principal, in: tx)
            try access.require(.createModel, on: schema.reference, as: principal, in: tx)
            guard try tx.object(.model, name.name, in: schema.id) == nil else {
                throw RegistryError(
                    .alreadyExists, "Model '\(name)' already exists: the dropped one can't have its name back.",
                    hint: "Rename the model that has the name now, then UNDROP.")
            }
            let now = time.now()
            guard now - droppedOn <= retention, try tx.hasFiles(ofModel: gone.id) else {
                throw RegistryError(
                    .failedPrecondition,
                    "Model '\(name)' was dropped at \(Self.timeText(droppedOn)) and can't be brought back any more: "
                        + "dropped models are kept for \(retention / 1000) seconds.",
                    hint: "The server's administrator can raise 'collection-retention' for the next time.")
            }
            try tx.undropObject(gone.id, now: now)
            try tx.audit(AuditEntry(principal, Action.undropModel.rawValue, reference), now: now)
            try requireRoom(around: gone.id, in: tx)
        }
    }

    /// SHOW MODELS HISTORY: the models that the principal may see, and those dropped ones that can still be brought
    /// back, by database, schema and name, the newest of a name first.
    package func modelsWithDropped(
        in scope: Scope, _ filter: ShowFilter = ShowFilter(), as principal: Principal
    ) throws -> [ModelRecord] {
        let live = try models(in: scope, ShowFilter(namesOf: filter), as: principal)
        return try catalog.read { reader in
            let place = try locate(scope, as: principal, in: reader)
            var viewer = try access.viewer(principal, in: reader)
            let gone = try reader.droppedModels(since: time.now() - retention).filter { listed in
                if let id = place.schemaID, listed.object.parentID != id { return false }
                if let id = place.databaseID, try reader.object(listed.object.parentID ?? 0)?.parentID != id {
                    return false
                }
                return try filter.names.matches(listed.object.name) && viewer.sees(listed.object, in: reader)
            }
            let all = try live + reader.models(gone)
            return filter.cut(all.sorted(by: ModelRecord.precedes)) { $0.object.name }
        }
    }
}

extension ModelRecord {
    fileprivate static func precedes(_ left: ModelRecord, _ right: ModelRecord) -> Bool {
        let (first, second) = (left.object, right.object)
        if (left.database, left.schema, first.name) != (right.database, right.schema, second.name) {
            return (left.database, left.schema, first.name) < (right.database, right.schema, second.name)
        }
        return first.droppedOn ?? .max > second.droppedOn ?? .max
    }
}
