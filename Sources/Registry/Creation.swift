import Access
import Store
package import Types

/// How CREATE treats a name that is taken.
package enum CreateMode: Hashable, Sendable {
    /// Refuses it.
    case plain
    /// Drops what has it: CREATE OR REPLACE.
    case orReplace
    /// Leaves what has it: CREATE … IF NOT EXISTS.
    case ifNotExists
}

/// What CREATE did.
package struct Created: Hashable, Sendable {
    /// The object of the name now.
    package let id: Int64
    /// Whether it was made by this call.
    package let isNew: Bool
    /// The object that was dropped for it, nil where there was none.
    package let replacedID: Int64?
}

/// An object that CREATE is to make.
struct NewObject {
    let kind: ObjectKind
    let name: Identifier
    /// The full name, for messages and the audit log.
    let qualifiedName: String
    let parent: ObjectRef
    var comment = ""
    var mode = CreateMode.plain
    /// The session of a temporary object.
    var session: Int64?
    /// What it takes to make it, and to drop one in its way.
    let create: Action
    let drop: Action
}

extension ModelRegistry {
    /// Makes an object with its grants and audit row. Temporary objects get no grants and leave no audit rows.
    ///
    /// - Parameter fill: makes the kind's own row.
    func create(
        _ new: NewObject, as principal: Principal, in tx: CatalogTransaction, fill: (Int64) throws -> Void = { _ in }
    ) throws -> Created {
        try access.require(
            new.session == nil ? new.create : .createTemporaryObject, on: new.parent, as: principal, in: tx)
        let found = try tx.object(new.kind, new.name, in: new.parent.id, sessionID: new.session)
        let existing = found?.sessionID == new.session ? found : nil
        if let existing {
            switch new.mode {
            case .plain: throw RegistryError.exists(existing.kind.word, new.qualifiedName)
            case .ifNotExists: return Created(id: existing.id, isNew: false, replacedID: nil)
            case .orReplace:
                guard existing.kind == new.kind else {
                    throw RegistryError.exists(existing.kind.word, new.qualifiedName)
                }
                let reference = ObjectRef(existing.kind, existing.id, name: new.qualifiedName)
                try access.require(new.drop, on: reference, as: principal, in: tx)
                try drop(existing, reference, audited: new.drop.rawValue, as: principal, in: tx)
            }
        }
        if new.session == nil { try refuseTwin(new.kind, of: new.name, in: new.parent.id, in: tx) }
        let now = time.now()
        let owner = try access.viewer(principal, in: tx).roleID
        let id = try tx.createObject(
            new.kind, new.name, in: new.parent.id, ownerRoleID: owner, comment: new.comment, sessionID: new.session,
            now: now)
        try fill(id)
        if new.session == nil {
            try tx.applyFutureGrants(to: id, now: now)
            let reference = ObjectRef(new.kind, id, name: new.qualifiedName)
            var facts = new.comment.isEmpty ? [:] : ["comment": new.comment]
            // Future grants may have given it to another role, and others a part in it.
            facts["owner"] = try tx.object(id)?.owner
            let grants = try tx.privilegeGrants(on: id).map { "\($0.privilege.rawValue) TO \($0.role)" }
            if !grants.isEmpty { facts["grants"] = grants.joined(separator: ", ") }
            try tx.audit(AuditEntry(principal, new.create.rawValue, reference, to: facts), now: now)
        }
        return Created(id: id, isNew: true, replacedID: existing?.id)
    }

    /// Refuses a schema or table beside one whose name differs only in case: to DuckDB, which holds their rows, the two
    /// would be one.
    ///
    /// Every live name counts, whether the principal may see it or not.
    ///
    /// - Parameter id: the object that gets the name, where there is one already.
    func refuseTwin(
        _ kind: ObjectKind, of name: Identifier, in parentID: Int64, besides id: Int64? = nil, in tx: CatalogTransaction
    ) throws {
        guard [.schema, .table].contains(kind), try tx.hasTwin(kind, of: name, in: parentID, besides: id) else {
            return
        }
        throw RegistryError.takenButForCase(kind.word, name)
    }

    /// Drops an object softly, with what is in it.
    ///
    /// - Returns: what was dropped; nil where there was none and `ifExists` is set.
    func drop(
        _ action: Action, ifExists: Bool, as principal: Principal, find: (CatalogTransaction) throws -> Located
    ) throws -> Located? {
        try catalog.write { tx in
            let found: Located
            do {
                found = try find(tx)
                if found.row.sessionID == nil { try access.require(action, on: found.reference, as: principal, in: tx) }
            } catch let error as RegistryError where error.code == .notFound && ifExists {
                return nil
            }
            try drop(found.row, found.reference, audited: action.rawValue, as: principal, in: tx)
            return found
        }
    }

    /// Drops an object with what is in it, and writes that down: for itself, and for every model in it, whose past is
    /// told by its own rows.
    private func drop(
        _ row: ObjectRow, _ reference: ObjectRef, audited action: String, as principal: Principal,
        in tx: CatalogTransaction
    ) throws {
        let now = time.now()
        let isContainer = row.kind == .schema || row.kind == .database
        let models = isContainer ? try tx.objects(.model, within: row.id) : []
        try tx.dropObject(row.id, now: now)
        guard row.sessionID == nil else { return }
        for model in models {
            let entry = AuditEntry(
                principal, Action.dropModel.rawValue, try tx.reference(model), from: ["with": reference.name])
            try tx.audit(entry, now: now)
        }
        try tx.audit(AuditEntry(principal, action, reference), now: now)
    }

    /// Sets an object's comment.
    func comment(
        _ comment: String, action: Action, as principal: Principal, find: (CatalogTransaction) throws -> Located
    ) throws {
        try catalog.write { tx in
            let found = try find(tx)
            try access.require(action, on: found.reference, as: principal, in: tx)
            let now = time.now()
            try tx.setComment(found.id, comment, now: now)
            let entry = AuditEntry(
                principal, "SET COMMENT", found.reference, from: ["comment": found.row.comment],
                to: ["comment": comment])
            try tx.audit(entry, now: now)
        }
    }
}

extension RegistryError {
    /// For a name that differs from an existing one only in case. Does not tell the other: it may be hidden.
    ///
    /// - Parameter kind: the object's kind as a word, e.g. `Schema`.
    package static func takenButForCase(_ kind: String, _ name: Identifier) -> RegistryError {
        RegistryError(
            .alreadyExists,
            "The name '\(name)' is not available: it differs from an existing \(kind.lowercased())'s only in case.",
            hint: "Choose another name.")
    }
}
