package import Store
package import Types

/// One principal's view of the catalog, as of one snapshot: what it sees, reaches and may do.
///
/// Made by ``AccessControl/viewer(_:in:)`` and used inside the same catalog closure. Not thread-safe.
package struct Viewer {
    package let principal: Principal
    let rights: RoleRights
    private var reached: [Int64: Bool] = [:]
    private var ownedAround: [Int64: Bool] = [:]

    init(principal: Principal, rights: RoleRights) {
        self.principal = principal
        self.rights = rights
    }

    /// The id of the active role: the owner of what the principal makes.
    package var roleID: Int64 { rights.roleID }

    /// The id of the user.
    package var userID: Int64 { rights.userID }

    /// Whether the role sees everything, so that a list needs no filter.
    package var seesEverything: Bool { rights.managesGrants }

    /// Whether the role or one it inherits from is the given role.
    package func acts(as roleID: Int64) -> Bool { rights.roleIDs.contains(roleID) }

    /// Whether the user may act in the role.
    package func mayTake(_ roleID: Int64) -> Bool { rights.heldRoleIDs.contains(roleID) }

    /// Whether the role sees the object. Remembers the schemas and databases it has looked at.
    package mutating func sees(_ object: ObjectRow, in reader: CatalogReader) throws -> Bool {
        try sees(object.kind, object.id, owner: object.ownerRoleID, parent: object.parentID, in: reader)
    }

    /// Whether the role sees the object with these facts, for rows that are no ``ObjectRow``.
    ///
    /// - Parameters:
    ///   - owner: the id of the role that owns it.
    ///   - parent: the id of the schema, database or account that holds it.
    package mutating func sees(
        _ kind: ObjectKind, _ id: Int64, owner: Int64?, parent: Int64?, in reader: CatalogReader
    ) throws -> Bool {
        if seesEverything { return true }
        guard let parent, parent != ObjectRef.account.id else { return seesItself(kind, id, owner) }
        let (reaches, ownsAround) = try around(parent, in: reader)
        return ownsAround || reaches && seesItself(kind, id, owner)
    }

    /// Whether the role reaches what is in the schema or database, and whether it owns it or what is around it.
    private mutating func around(_ id: Int64, in reader: CatalogReader) throws -> (reaches: Bool, owns: Bool) {
        if let reaches = reached[id], let owns = ownedAround[id] { return (reaches, owns) }
        guard let container = try Securable(id, in: reader) else { return (false, false) }
        let answer = (
            reaches: reaches(container.object, container.parent), owns: owns(container.object, container.parent)
        )
        reached[id] = answer.reaches
        ownedAround[id] = answer.owns
        return answer
    }

    /// Checks a rule on an object: see ``AccessControl``. What makes an object needs the active role's own rights.
    func require(_ rule: ActionRule, on object: ObjectRef, in reader: CatalogReader) throws {
        try requireAny(rule, on: object, in: reader)
        guard rule.creates, let own = rights.withoutSecondary else { return }
        do {
            try Viewer(principal: principal, rights: own).requireAny(rule, on: object, in: reader)
        } catch let error as RegistryError where [.notFound, .permissionDenied].contains(error.code) {
            throw RegistryError(
                .permissionDenied, "Insufficient privileges to operate on \(object.spelled).",
                hint:
                    "Objects are made with the privileges of the active role '\(principal.role)'; its secondary roles "
                    + "don't count for that.",
                detail: ["kind": object.kind.rawValue, "name": object.name, "role": principal.role.name])
        }
    }

    private func requireAny(_ rule: ActionRule, on object: ObjectRef, in reader: CatalogReader) throws {
        guard object.kind != .account else {
            guard rights.has(PrivilegeSet(rule.anyOf + rule.orOnAccount), on: object.id) || rule.whoeverSees else {
                throw forbidden(rule, object)
            }
            return
        }
        guard let found = try Securable(object.id, in: reader), found.object.kind.family == object.kind.family,
            rule.dropped || !found.isDropped
        else { throw RegistryError.missing(object.kind.word, object.name) }

        let ownsAround = owns(found.parent, found.grandparent)
        if !seesEverything { try requireSight(of: found, as: object, ownsAround: ownsAround) }
        if rule.whoeverSees || rights.has(PrivilegeSet(rule.orOnAccount), on: ObjectRef.account.id) { return }
        guard ownsAround || reachesContents(found) else { throw forbidden(rule, object) }
        if rights.owns(found.object.ownerRoleID) || rule.containerOwner && ownsAround { return }
        guard rights.has(PrivilegeSet(rule.anyOf), on: object.id) else { throw forbidden(rule, object) }
        if rule.createsInside, !rights.has(PrivilegeSet(.usage), on: object.id) {
            throw forbidden(ActionRule(.usage, on: object.kind), object)
        }
    }

    /// Throws for the first of database, schema and object that the role does not see.
    private func requireSight(of found: Securable, as object: ObjectRef, ownsAround: Bool) throws {
        if let database = found.grandparent ?? (found.parent?.kind == .database ? found.parent : nil) {
            guard seesItself(database.kind, database.id, database.ownerRoleID) else {
                throw RegistryError.missing(database.kind.word, database.name.description)
            }
            if let schema = found.parent, schema.kind == .schema {
                guard
                    owns(database, nil)
                        || reaches(database, nil) && seesItself(schema.kind, schema.id, schema.ownerRoleID)
                else { throw RegistryError.missing(schema.kind.word, "\(database.name).\(schema.name)") }
            }
        }
        guard ownsAround || reachesContents(found),
            ownsAround || seesItself(object.kind, object.id, found.object.ownerRoleID)
        else { throw RegistryError.missing(object.kind.word, object.name) }
    }

    private func seesItself(_ kind: ObjectKind, _ id: Int64, _ owner: Int64?) -> Bool {
        if rights.owns(owner) || rights.granted[id] != nil || rights.managesGrants { return true }
        switch kind {
        case .role: return rights.heldRoleIDs.contains(id)
        case .user: return rights.userID == id
        default: return false
        }
    }

    /// Whether the role reaches what is beside the object: it has USAGE on all that is around it.
    private func reachesContents(_ found: Securable) -> Bool {
        guard let parent = found.parent else { return true }
        return reaches(parent, found.grandparent)
    }

    private func reaches(_ container: Securable.Level, _ around: Securable.Level?) -> Bool {
        let inside = rights.owns(container.ownerRoleID) || rights.has(PrivilegeSet(.usage), on: container.id)
        guard let around else { return inside }
        return rights.owns(around.ownerRoleID) || inside && rights.has(PrivilegeSet(.usage), on: around.id)
    }

    /// Whether the role owns the container, reaching it, or what is around the container.
    private func owns(_ container: Securable.Level?, _ around: Securable.Level?) -> Bool {
        guard let container else { return false }
        guard let around else { return rights.owns(container.ownerRoleID) }
        return rights.owns(around.ownerRoleID)
            || rights.owns(container.ownerRoleID) && rights.has(PrivilegeSet(.usage), on: around.id)
    }

    private func forbidden(_ rule: ActionRule, _ object: ObjectRef) -> RegistryError {
        let role = principal.role
        let hint: String
        if let privilege = rule.anyOf.first {
            let names = rule.anyOf.map(\.rawValue).joined(separator: " or ")
            hint = "It needs \(names): GRANT \(privilege.rawValue) ON \(object.inGrant) TO ROLE \(role);"
        } else if let privilege = rule.orOnAccount.first {
            hint = "It needs ownership of \(object.spelled), or \(privilege.rawValue) on the account."
        } else {
            hint = "It needs ownership of \(object.spelled): use a role that owns it."
        }
        return RegistryError(
            .permissionDenied, "Insufficient privileges to operate on \(object.spelled).", hint: hint,
            detail: ["kind": object.kind.rawValue, "name": object.name, "role": role.name])
    }
}

extension ObjectRef {
    /// The object in a sentence: `model 'ML.REGISTRY.CHURN'`.
    var spelled: String { kind == .account ? "the account" : "\(kind.word.lowercased()) '\(name)'" }

    /// The object after ON in a GRANT.
    var inGrant: String {
        kind == .account ? "ACCOUNT" : "\(kind.rawValue.split(separator: "_").joined(separator: " ")) \(name)"
    }
}
