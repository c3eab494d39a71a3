import Store
package import Types

extension Accounts {
    /// What a GRANT or REVOKE is about.
    package enum GrantScope: Sendable {
        case object(ObjectRef)
        /// Every object of the kind that is in the schema or database now.
        case all(ObjectKind, in: ObjectRef)
        /// Every object of the kind that will be made in the schema or database.
        case future(ObjectKind, in: ObjectRef)

        /// The kind of the objects that are granted on.
        package var kind: ObjectKind {
            switch self {
            case .object(let object): object.kind
            case .all(let kind, _), .future(let kind, _): kind
            }
        }
    }

    /// What becomes of the other grants on an object whose owner changes.
    package enum CurrentGrants: Sendable {
        case copy
        case revoke
    }

    /// GRANT … TO ROLE. What is granted already stays as it is.
    ///
    /// - Parameters:
    ///   - words: the privileges as the statement has them (see ``Types/ObjectKind/privileges(_:)``). OWNERSHIP stands
    ///     alone and moves the ownership.
    ///   - withGrantOption: whether the role may hand the privilege on.
    ///   - currentGrants: for OWNERSHIP; nil refuses where there are other grants.
    /// - Returns: the number of objects granted on: 1 but for ``GrantScope/all(_:in:)``.
    /// - Throws: `invalidArgument` for a word that is no privilege there; `notFound` for an unknown role;
    ///   `permissionDenied` without ownership, MANAGE GRANTS or the grant option; `failedPrecondition` where ownership
    ///   moves and grants are in the way.
    @discardableResult
    package func grant(
        _ words: [String], on scope: GrantScope, to roleName: Identifier, withGrantOption: Bool = false,
        currentGrants: CurrentGrants? = nil, as principal: Principal
    ) throws -> Int {
        let privileges = try scope.kind.privileges(words)
        try Self.checkAlone(privileges)
        return try change { tx, now in
            let role = try role(roleName, in: tx)
            let viewer = try access.viewer(principal, in: tx)
            if case .future(let kind, let container) = scope {
                try requireContainer(container, of: kind)
                try access.require(.grantOnFuture, on: container, as: principal, in: tx)
                for privilege in privileges {
                    _ = try tx.insertFutureGrant(
                        privilege, on: kind, in: container.id, to: role.id, grantOption: withGrantOption,
                        grantedBy: viewer.roleID, now: now)
                }
                try audit(.grantOnFuture, privileges, kind, container, to: roleName, principal, in: tx, now: now)
                return 1
            }
            let objects = try objects(in: scope, as: principal, in: tx)
            for object in objects {
                if privileges == [.ownership] {
                    try moveOwnership(of: object, to: role, currentGrants, principal, in: tx, now: now)
                    continue
                }
                try requireGranting(privileges, on: object, as: principal, in: tx)
                var new: [Privilege] = []
                for privilege in privileges
                where try tx.insertPrivilegeGrant(
                    privilege, on: object.kind, object.id, to: role.id, grantOption: withGrantOption,
                    grantedBy: viewer.roleID, now: now)
                { new.append(privilege) }
                if !new.isEmpty {
                    try audit(.grantPrivilege, new, object.kind, object, to: roleName, principal, in: tx, now: now)
                }
            }
            return objects.count
        }
    }

    /// REVOKE … FROM ROLE. What was not granted is no error.
    ///
    /// - Parameter grantOptionOnly: takes only the right to hand the privilege on.
    /// - Returns: the number of objects looked at.
    /// - Throws: as ``grant(_:on:to:withGrantOption:currentGrants:as:)``; `invalidArgument` for OWNERSHIP, which can
    ///   only be given to another role.
    @discardableResult
    package func revoke(
        _ words: [String], on scope: GrantScope, from roleName: Identifier, grantOptionOnly: Bool = false,
        as principal: Principal
    ) throws -> Int {
        let privileges = try scope.kind.privileges(words)
        try Self.checkAlone(privileges)
        return try change { tx, now in
            let role = try role(roleName, in: tx)
            if case .future(let kind, let container) = scope {
                try requireContainer(container, of: kind)
                try access.require(.grantOnFuture, on: container, as: principal, in: tx)
                for privilege in privileges {
                    _ = try tx.deleteFutureGrant(privilege, on: kind, in: container.id, from: role.id)
                }
                try audit(
                    .revokePrivilege, privileges, kind, container, from: roleName, principal, in: tx, now: now)
                return 1
            }
            guard privileges != [.ownership] else {
                throw RegistryError(
                    .invalidArgument, "OWNERSHIP can't be revoked.", hint: "GRANT OWNERSHIP to another role.")
            }
            let objects = try objects(in: scope, as: principal, in: tx)
            for object in objects {
                try requireGranting(privileges, on: object, as: principal, in: tx)
                var gone: [Privilege] = []
                for privilege in privileges
                where try tx.deletePrivilegeGrant(privilege, on: object.id, from: role.id, optionOnly: grantOptionOnly)
                {
                    gone.append(privilege)
                }
                if !gone.isEmpty {
                    try audit(.revokePrivilege, gone, object.kind, object, from: roleName, principal, in: tx, now: now)
                }
            }
            return objects.count
        }
    }

    private func moveOwnership(
        of object: ObjectRef, to role: ObjectRow, _ currentGrants: CurrentGrants?, _ principal: Principal,
        in tx: CatalogTransaction, now: Int64
    ) throws {
        try access.require(.grantOwnership, on: object, as: principal, in: tx)
        if object.kind == .role, try tx.isSystemRole(object.id) || object.id == role.id {
            throw RegistryError(.failedPrecondition, "Role '\(object.name)' can't be owned by role '\(role.name)'.")
        }
        let before = try tx.object(object.id)
        guard before?.ownerRoleID != role.id else { return }
        switch currentGrants {
        case .copy: try tx.setGrantor(ofGrantsOn: object.id, to: role.id)
        case .revoke: _ = try tx.deletePrivilegeGrants(on: object.id)
        case nil:
            if let grant = try tx.privilegeGrants(on: object.id).first {
                throw RegistryError(
                    .failedPrecondition,
                    "Dependent grant of privilege '\(grant.privilege.rawValue)' on \(object.spelled) to role "
                        + "'\(grant.role)' must be revoked first.",
                    hint: "It can be kept with COPY CURRENT GRANTS or revoked with REVOKE CURRENT GRANTS.")
            }
        }
        try tx.setOwner(object.id, roleID: role.id, now: now)
        try tx.audit(
            AuditEntry(
                principal, Action.grantOwnership.rawValue, object, from: ["owner": before?.owner ?? ""],
                to: ["owner": role.name.name]), now: now)
    }

    /// Ownership or MANAGE GRANTS, or each of the privileges with the grant option.
    private func requireGranting(
        _ privileges: [Privilege], on object: ObjectRef, as principal: Principal, in tx: CatalogTransaction
    ) throws {
        do {
            try access.require(.grantPrivilege, on: object, as: principal, in: tx)
        } catch let error as RegistryError where error.code == .permissionDenied {
            let viewer = try access.viewer(principal, in: tx)
            let options = try tx.privilegeGrants(on: object.id).filter { $0.grantOption && viewer.acts(as: $0.roleID) }
            guard Set(privileges).isSubset(of: options.map(\.privilege)) else { throw error }
        }
    }

    private func objects(
        in scope: GrantScope, as principal: Principal, in tx: CatalogTransaction
    ) throws -> [ObjectRef] {
        switch scope {
        case .object(let object): return [object]
        case .future: return []
        case .all(let kind, let container):
            try requireContainer(container, of: kind)
            try access.requireVisible(container, as: principal, in: tx)
            return try access.visible(try tx.objects(kind, within: container.id), as: principal, in: tx).map {
                try tx.reference($0)
            }
        }
    }

    private func requireContainer(_ container: ObjectRef, of kind: ObjectKind) throws {
        guard
            kind.isInSchema && container.kind == .schema
                || (kind.isInSchema || kind == .schema) && container.kind == .database
        else {
            throw RegistryError(
                .invalidArgument,
                "A \(kind.word.lowercased()) is not in a \(container.kind.word.lowercased()).")
        }
    }

    private static func checkAlone(_ privileges: [Privilege]) throws {
        guard !privileges.contains(.ownership) || privileges.count == 1 else {
            throw RegistryError(.invalidArgument, "OWNERSHIP is granted by itself, not with other privileges.")
        }
    }

    private func audit(
        _ action: Action, _ privileges: [Privilege], _ kind: ObjectKind, _ object: ObjectRef,
        to grantee: Identifier? = nil, from loser: Identifier? = nil, _ principal: Principal,
        in tx: CatalogTransaction, now: Int64
    ) throws {
        var facts = ["privileges": privileges.map(\.rawValue).joined(separator: ", ")]
        if kind != object.kind { facts["future"] = kind.rawValue }
        if let grantee { facts["role"] = grantee.name }
        if let loser { facts["role"] = loser.name }
        try tx.audit(
            AuditEntry(
                principal, action.rawValue, object, from: loser == nil ? [:] : facts, to: grantee == nil ? [:] : facts),
            now: now)
    }
}
