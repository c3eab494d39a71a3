package import Store
package import Types

/// A row of SHOW GRANTS.
package struct GrantListing: Hashable, Sendable {
    /// Milliseconds since 1970.
    package let createdOn: Int64
    /// A privilege, `OWNERSHIP` and `USAGE` on a role included.
    package let privilege: String
    /// `MODEL`, `ROLE`, …
    package let grantedOn: String
    /// The object's full name; for future grants `DB.SCHEMA.<MODEL>`.
    package let name: String
    /// `ROLE` or `USER`
    package let grantedTo: String
    package let granteeName: String
    package let grantOption: Bool
    /// The role that gave it, `""` where the server did.
    package let grantedBy: String
}

extension Accounts {
    /// SHOW GRANTS ON an object: its owner, then the grants by role.
    ///
    /// - Throws: `notFound` for an object that the principal may not see.
    package func grants(on object: ObjectRef, as principal: Principal) throws -> [GrantListing] {
        try catalog.read { reader in
            try access.require(.describeGrants, on: object, as: principal, in: reader)
            var lister = GrantLister(reader)
            let owner = try reader.object(object.id).flatMap { try lister.ownership(of: $0) }
            return try [owner].compactMap { $0 } + reader.privilegeGrants(on: object.id).map { try lister.listing($0) }
        }
    }

    /// SHOW GRANTS TO ROLE: what the role owns, is granted, and inherits directly.
    ///
    /// - Throws: `notFound` for a role that the principal may not see.
    package func grants(toRole name: Identifier, as principal: Principal) throws -> [GrantListing] {
        try catalog.read { reader in
            let role = try role(name, in: reader)
            try access.require(.describeRole, on: try reader.reference(role), as: principal, in: reader)
            var lister = GrantLister(reader)
            var rows = try reader.objects(ownedBy: role.id).compactMap { try lister.ownership(of: $0) }
            rows += try reader.privilegeGrants(to: role.id).map { try lister.listing($0) }
            rows += try reader.roleGrants(to: role.id).map { grant in
                GrantListing(
                    createdOn: grant.createdOn, privilege: Privilege.usage.rawValue,
                    grantedOn: ObjectKind.role.rawValue,
                    name: grant.role.description, grantedTo: ObjectKind.role.rawValue, granteeName: name.name,
                    grantOption: false, grantedBy: grant.grantedBy)
            }
            return rows
        }
    }

    /// SHOW GRANTS TO USER: the roles granted to the user.
    ///
    /// - Throws: `notFound` for a user that the principal may not see.
    package func roleGrants(toUser name: Identifier, as principal: Principal) throws -> [RoleGrantRow] {
        try catalog.read { reader in
            let user = try user(name, in: reader)
            try access.require(.describeUser, on: try reader.reference(user.object), as: principal, in: reader)
            return try reader.roleGrants(to: user.object.id)
        }
    }

    /// SHOW GRANTS OF ROLE: the roles and users that hold it.
    ///
    /// - Throws: `notFound` for a role that the principal may not see.
    package func roleGrants(ofRole name: Identifier, as principal: Principal) throws -> [RoleGrantRow] {
        try catalog.read { reader in
            let role = try role(name, in: reader)
            try access.require(.describeRole, on: try reader.reference(role), as: principal, in: reader)
            return try reader.roleGrants(of: role.id)
        }
    }

    /// SHOW FUTURE GRANTS IN a schema or database.
    ///
    /// - Throws: `notFound` for one that the principal may not see.
    package func futureGrants(in container: ObjectRef, as principal: Principal) throws -> [GrantListing] {
        try catalog.read { reader in
            try access.require(.describeGrants, on: container, as: principal, in: reader)
            var lister = GrantLister(reader)
            return try reader.futureGrants(in: container.id).map { try lister.listing($0) }
        }
    }

    /// SHOW FUTURE GRANTS TO ROLE.
    ///
    /// - Throws: `notFound` for a role that the principal may not see.
    package func futureGrants(toRole name: Identifier, as principal: Principal) throws -> [GrantListing] {
        try catalog.read { reader in
            let role = try role(name, in: reader)
            try access.require(.describeRole, on: try reader.reference(role), as: principal, in: reader)
            var lister = GrantLister(reader)
            return try reader.futureGrants(to: role.id).map { try lister.listing($0) }
        }
    }

}

/// The rows of one SHOW GRANTS: reads the name of each schema and database once.
private struct GrantLister {
    let reader: CatalogReader
    private var containers: [Int64: String] = [:]

    init(_ reader: CatalogReader) {
        self.reader = reader
    }

    /// Nil for an object that no role owns.
    mutating func ownership(of object: ObjectRow) throws -> GrantListing? {
        guard object.ownerRoleID != nil else { return nil }
        return GrantListing(
            createdOn: object.createdOn, privilege: Privilege.ownership.rawValue, grantedOn: object.kind.rawValue,
            name: try name(object.name, in: object.parentID), grantedTo: ObjectKind.role.rawValue,
            granteeName: object.owner, grantOption: true, grantedBy: object.owner)
    }

    mutating func listing(_ grant: PrivilegeGrantRow) throws -> GrantListing {
        GrantListing(
            createdOn: grant.createdOn, privilege: grant.privilege.rawValue, grantedOn: grant.objectKind.rawValue,
            name: try name(grant.objectName, in: grant.parentID), grantedTo: ObjectKind.role.rawValue,
            granteeName: grant.role.name, grantOption: grant.grantOption, grantedBy: grant.grantedBy)
    }

    mutating func listing(_ grant: FutureGrantRow) throws -> GrantListing {
        GrantListing(
            createdOn: grant.createdOn, privilege: grant.privilege.rawValue, grantedOn: grant.objectKind.rawValue,
            name: "\(try container(grant.containerID)).<\(grant.objectKind.rawValue)>",
            grantedTo: ObjectKind.role.rawValue, granteeName: grant.role.name, grantOption: grant.grantOption,
            grantedBy: grant.grantedBy)
    }

    private mutating func name(_ name: Identifier, in parentID: Int64?) throws -> String {
        guard let parentID, parentID != ObjectRef.account.id else { return name.description }
        return "\(try container(parentID)).\(name)"
    }

    private mutating func container(_ id: Int64) throws -> String {
        if let known = containers[id] { return known }
        let name = try reader.qualifiedName(id)
        containers[id] = name
        return name
    }
}
