import Access
import Store
package import Types

extension ModelRegistry {
    /// Drops a model softly, with all of its versions.
    ///
    /// - Returns: what was dropped; nil where there was none and `ifExists` is set.
    package func dropModel(_ name: ObjectName, ifExists: Bool = false, as principal: Principal) throws -> Located? {
        try drop(.dropModel, ifExists: ifExists, as: principal) {
            try locate(.model, name, as: principal, in: $0)
        }
    }

    /// Renames a model, or moves it to another schema: its id, grants, versions, aliases and tags stay.
    ///
    /// - Parameter displayName: the new name as its client wrote it; nil for what the name is written as.
    /// - Throws: `alreadyExists`; `permissionDenied` also where the role may not create models in the new schema.
    package func renameModel(
        _ name: ObjectName, to newName: ObjectName, displayName: String? = nil, as principal: Principal
    ) throws {
        try catalog.write { tx in
            let model = try locate(.model, name, as: principal, in: tx)
            try access.require(.renameModel, on: model.reference, as: principal, in: tx)
            if let displayName, newName == name {
                try respell(model, as: displayName, by: principal, in: tx)
            } else {
                try move(model, named: name, to: newName, displayName: displayName, as: principal, in: tx)
            }
        }
    }

    /// Another spelling of the same name.
    private func respell(
        _ model: Located, as displayName: String, by principal: Principal, in tx: CatalogTransaction
    ) throws {
        let before = try tx.registeredModel(model.id)?.displayName
        try tx.setDisplayName(displayName, of: model.id)
        let now = time.now()
        try tx.touch(model.id, now: now)
        let entry = AuditEntry(
            principal, "SET DISPLAY NAME", model.reference, from: before.map { ["display_name": $0] } ?? [:],
            to: ["display_name": displayName])
        try tx.audit(entry, now: now)
    }

    func move(
        _ model: Located, named name: ObjectName, to newName: ObjectName, displayName: String? = nil,
        as principal: Principal, in tx: CatalogTransaction
    ) throws {
        let schema = try locateSchema(newName.namespace, as: principal, in: tx)
        if newName.namespace != name.namespace {
            try access.require(.createModel, on: schema.reference, as: principal, in: tx)
        }
        try rename(model, to: newName.name, in: schema.id, shown: newName.description, as: principal, in: tx)
        try tx.setDisplayName(displayName ?? newName.name.written, of: model.id)
        if newName.namespace != name.namespace { try requireRoom(around: model.id, in: tx) }
    }

    /// Sets the model's comment; `""` removes it.
    package func setModelComment(_ name: ObjectName, _ comment: String, as principal: Principal) throws {
        try self.comment(comment, action: .alterModel, as: principal) {
            try locate(.model, name, as: principal, in: $0)
        }
    }

    /// What another principal may do with a model that the asking one sees.
    package func rights(
        of other: Principal, on name: ObjectName, as principal: Principal
    ) throws -> (sees: Bool, runs: Bool, manages: Bool) {
        try catalog.read { reader in
            let model = try locate(.model, name, as: principal, in: reader).reference
            return (
                try access.may(.describeModel, on: model, as: other, in: reader),
                try access.may(.runModel, on: model, as: other, in: reader),
                try access.may(.alterModel, on: model, as: other, in: reader)
            )
        }
    }
}
