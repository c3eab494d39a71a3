package import Store
package import Types

extension Accounts {
    /// Makes a role, owned by the active role and granted to nobody.
    ///
    /// - Parameters:
    ///   - ifNotExists: whether a role that exists is left as it is.
    ///   - orReplace: whether a role that exists is dropped first, with every grant of and to it.
    /// - Returns: false where the role exists and `ifNotExists` is true; then nothing changes.
    /// - Throws: `permissionDenied` without CREATE ROLE; `alreadyExists`; with `orReplace` what
    ///   ``dropRole(_:ifExists:as:)`` throws.
    @discardableResult
    package func createRole(
        _ name: Identifier, comment: String = "", ifNotExists: Bool = false, orReplace: Bool = false,
        as principal: Principal
    ) throws -> Bool {
        try change { tx, now in
            try access.require(.createRole, on: .account, as: principal, in: tx)
            if let present = try tx.accountObject(.role, name) {
                if ifNotExists { return false }
                if orReplace { try drop(present, as: principal, in: tx, now: now) }
            }
            let owner = try access.viewer(principal, in: tx).roleID
            let id = try tx.createObject(
                .role, name, in: ObjectRef.account.id, ownerRoleID: owner, comment: comment, now: now)
            try tx.insertRole(id)
            try tx.audit(
                AuditEntry(
                    principal, Action.createRole.rawValue, ObjectRef(.role, id, name: name.description),
                    to: comment.isEmpty ? [:] : ["comment": comment]), now: now)
            return true
        }
    }

    /// Changes a role's comment or name; nil leaves it. Grants stay.
    ///
    /// - Throws: `failedPrecondition` for renaming a system role.
    package func alterRole(
        _ name: Identifier, newName: Identifier? = nil, comment: String? = nil, as principal: Principal
    ) throws {
        try change { tx, now in
            let role = try role(name, in: tx)
            let object = try tx.reference(role)
            try access.require(.alterRole, on: object, as: principal, in: tx)
            var from: [String: String] = [:]
            var to: [String: String] = [:]
            if let newName {
                try requireOwn(role, in: tx)
                try tx.renameObject(role, to: newName, in: ObjectRef.account.id, now: now)
                from["name"] = name.name
                to["name"] = newName.name
            }
            if let comment {
                try tx.setComment(role.id, comment, now: now)
                from["comment"] = role.comment
                to["comment"] = comment
            }
            try tx.audit(AuditEntry(principal, Action.alterRole.rawValue, object, from: from, to: to), now: now)
        }
    }

    /// Drops a role and every grant of and to it. What it owned goes to the role that drops it.
    ///
    /// - Returns: false where there is no such role and `ifExists` is true.
    /// - Throws: `failedPrecondition` for a system role and for the active role.
    @discardableResult
    package func dropRole(_ name: Identifier, ifExists: Bool = false, as principal: Principal) throws -> Bool {
        try change { tx, now in
            guard let role = try tx.accountObject(.role, name) else {
                if ifExists { return false }
                throw RegistryError.missing(ObjectKind.role.word, name.description)
            }
            try drop(role, as: principal, in: tx, now: now)
            return true
        }
    }

    private func drop(
        _ role: ObjectRow, as principal: Principal, in tx: CatalogTransaction, now: Int64
    ) throws {
        let object = try tx.reference(role)
        try access.require(.dropRole, on: object, as: principal, in: tx)
        try requireOwn(role, in: tx)
        let heir = try access.viewer(principal, in: tx).roleID
        guard heir != role.id else {
            throw RegistryError(
                .failedPrecondition, "The active role can't be dropped.", hint: "USE ROLE another one first.")
        }
        let inherited = try tx.reassignObjects(from: role.id, to: heir)
        try tx.deleteGrants(ofDropped: role.id)
        try tx.dropObject(role.id, now: now)
        try requireAdministrator(in: tx)
        try tx.audit(
            AuditEntry(
                principal, Action.dropRole.rawValue, object,
                to: inherited == 0 ? [:] : ["objects": "\(inherited)", "heir": principal.role.name]), now: now)
    }

    /// Grants a role to a role, which inherits its privileges, or to a user, who may act in it. Twice is once.
    ///
    /// - Parameter kind: `.role` or `.user`.
    /// - Throws: `invalidArgument` where this would close a cycle; `notFound`; `permissionDenied` without ownership of
    ///   the role or MANAGE GRANTS, and for ACCOUNTADMIN unless ACCOUNTADMIN acts.
    package func grantRole(
        _ name: Identifier, to kind: ObjectKind, _ grantee: Identifier, as principal: Principal
    ) throws {
        try change { tx, now in
            let role = try role(name, in: tx)
            let object = try tx.reference(role)
            try access.require(.grantRole, on: object, as: principal, in: tx)
            try requireTop(for: role, principal, in: tx)
            let heir = try self.grantee(kind, grantee, in: tx)
            if kind == .role {
                guard try !RoleGraph(tx).closesCycle(granting: role.id, to: heir) else {
                    throw RegistryError(
                        .invalidArgument,
                        "Role '\(name)' can't be granted to role '\(grantee)': it is that role or "
                            + "inherits from it.", hint: "SHOW GRANTS OF ROLE \(grantee) tells who holds it.")
                }
            }
            let granter = try access.viewer(principal, in: tx).roleID
            guard try tx.insertRoleGrant(role.id, to: kind, heir, grantedBy: granter, now: now) else { return }
            try tx.audit(
                AuditEntry(
                    principal, Action.grantRole.rawValue, object,
                    to: [kind.rawValue.lowercased(): grantee.name]), now: now)
        }
    }

    /// Takes a role from a role or user. What was not granted is no error.
    ///
    /// - Throws: `failedPrecondition` for the hierarchy of the system roles, and where no administrator would remain.
    package func revokeRole(
        _ name: Identifier, from kind: ObjectKind, _ grantee: Identifier, as principal: Principal
    ) throws {
        try change { tx, now in
            let role = try role(name, in: tx)
            let object = try tx.reference(role)
            try access.require(.revokeRole, on: object, as: principal, in: tx)
            try requireTop(for: role, principal, in: tx)
            let heir = try self.grantee(kind, grantee, in: tx)
            if kind == .role, try tx.isSystemRole(heir), SystemRole(rawValue: name.name)?.grantedTo?.name == grantee {
                throw RegistryError(
                    .failedPrecondition, "System role '\(name)' can't be revoked from system role '\(grantee)'.")
            }
            guard try tx.deleteRoleGrant(role.id, from: heir) else { return }
            try requireAdministrator(in: tx)
            try tx.audit(
                AuditEntry(
                    principal, Action.revokeRole.rawValue, object,
                    from: [kind.rawValue.lowercased(): grantee.name]), now: now)
        }
    }

    /// The roles that the principal may see, by name.
    package func roles(as principal: Principal) throws -> [ObjectRow] {
        try catalog.read { try access.visible(try $0.roles(), as: principal, in: $0) }
    }

    /// What SHOW ROLES tells of roles beside their rows.
    package struct RoleSummary: Sendable {
        package let counts: [Int64: RoleGrantCounts]
        /// The roles whose privileges count for the principal.
        package let effective: Set<Int64>
        /// The default role of the principal's user.
        package let usual: Int64?
    }

    package func roleSummary(as principal: Principal) throws -> RoleSummary {
        try catalog.read { reader in
            RoleSummary(
                counts: try reader.roleGrantCounts(),
                effective: try access.viewer(principal, in: reader).rights.roleIDs,
                usual: try reader.userAccount(principal.user)?.defaultRoleID)
        }
    }

    /// ACCOUNTADMIN is given and taken by ACCOUNTADMIN alone: MANAGE GRANTS does not make an administrator.
    private func requireTop(for role: ObjectRow, _ principal: Principal, in reader: CatalogReader) throws {
        guard role.name == SystemRole.accountAdmin.name, try !access.viewer(principal, in: reader).acts(as: role.id)
        else { return }
        throw RegistryError(
            .permissionDenied, "Insufficient privileges to operate on role 'ACCOUNTADMIN'.",
            hint: "Only ACCOUNTADMIN grants and revokes ACCOUNTADMIN.")
    }

    private func grantee(_ kind: ObjectKind, _ name: Identifier, in reader: CatalogReader) throws -> Int64 {
        switch kind {
        case .role: return try role(name, in: reader).id
        case .user: return try user(name, in: reader).object.id
        default: throw RegistryError(.invalidArgument, "A role is granted to a role or a user.")
        }
    }

    private func requireOwn(_ role: ObjectRow, in reader: CatalogReader) throws {
        guard try !reader.isSystemRole(role.id) else {
            throw RegistryError(.failedPrecondition, "System role '\(role.name)' can't be dropped or renamed.")
        }
    }
}
