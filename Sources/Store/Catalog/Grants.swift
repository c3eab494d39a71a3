package import Types

/// A privilege granted to a role on an object. OWNERSHIP is not among them: the object names its owner.
package struct PrivilegeGrantRow: Hashable, Sendable {
    package let privilege: Privilege
    package let objectKind: ObjectKind
    package let objectID: Int64
    package let objectName: Identifier
    /// The schema, database or account that holds the object; nil for the account itself.
    package let parentID: Int64?
    package let roleID: Int64
    package let role: Identifier
    package let grantOption: Bool
    /// The role that gave it, `""` where the server did.
    package let grantedBy: String
    /// Milliseconds since 1970.
    package let createdOn: Int64

    static let query = """
        SELECT g.privilege, g.object_kind, g.object_id, o.name AS object_name, o.parent_id, g.role_id,
            r.name AS role_name, g.grant_option, b.name AS granted_by, g.created_on
        FROM privilege_grant g JOIN object r ON r.id = g.role_id JOIN object o ON o.id = g.object_id
            LEFT JOIN object b ON b.id = g.granted_by_role_id
        WHERE r.dropped_on IS NULL
        """

    init(_ row: CatalogRow) throws {
        privilege = try Privilege(stored: row)
        objectKind = try ObjectKind(stored: row)
        objectID = try row.int("object_id")
        objectName = try row.identifier("object_name")
        parentID = row.optionalInt("parent_id")
        roleID = try row.int("role_id")
        role = try row.identifier("role_name")
        grantOption = try row.bool("grant_option")
        grantedBy = row.optionalText("granted_by") ?? ""
        createdOn = try row.int("created_on")
    }
}

/// A privilege that a role is granted on every later object of a kind in a schema or database.
package struct FutureGrantRow: Hashable, Sendable {
    package let privilege: Privilege
    package let objectKind: ObjectKind
    package let containerID: Int64
    package let roleID: Int64
    package let role: Identifier
    package let grantOption: Bool
    /// The role that gave it, `""` where the server did.
    package let grantedBy: String
    package let grantedByID: Int64?
    /// Milliseconds since 1970.
    package let createdOn: Int64

    static let query = """
        SELECT g.privilege, g.object_kind, g.container_id, g.role_id, r.name AS role_name, g.grant_option,
            b.name AS granted_by, g.granted_by_role_id, g.created_on
        FROM future_grant g JOIN object r ON r.id = g.role_id JOIN object c ON c.id = g.container_id
            LEFT JOIN object b ON b.id = g.granted_by_role_id
        WHERE r.dropped_on IS NULL AND c.dropped_on IS NULL
        """

    init(_ row: CatalogRow) throws {
        privilege = try Privilege(stored: row)
        objectKind = try ObjectKind(stored: row)
        containerID = try row.int("container_id")
        roleID = try row.int("role_id")
        role = try row.identifier("role_name")
        grantOption = try row.bool("grant_option")
        grantedBy = row.optionalText("granted_by") ?? ""
        grantedByID = row.optionalInt("granted_by_role_id")
        createdOn = try row.int("created_on")
    }
}

extension Privilege {
    fileprivate init(stored row: CatalogRow) throws {
        guard let privilege = Privilege(rawValue: try row.text("privilege")) else {
            throw RegistryError(.corrupt, "The catalog holds a grant of an unknown privilege.")
        }
        self = privilege
    }
}

extension ObjectKind {
    fileprivate init(stored row: CatalogRow) throws {
        guard let kind = ObjectKind(rawValue: try row.text("object_kind")) else {
            throw RegistryError(.corrupt, "The catalog holds a grant on an unknown kind of object.")
        }
        self = kind
    }
}

extension CatalogReader {
    /// What identifies the present state of users, roles and grants: caches made under another value are stale.
    ///
    /// Opaque and never used twice, so that a transaction that was rolled back leaves no cache that looks right.
    package func accessGeneration() throws -> String {
        if let known = knownAccessGeneration { return known }
        let generation = try one("SELECT value FROM setting WHERE name = 'access_generation'")?.text("value") ?? ""
        knownAccessGeneration = generation
        return generation
    }

    /// What roles are granted directly, as (object, privilege). One query for a hundred roles.
    package func privileges(grantedTo roleIDs: [Int64]) throws -> [(object: Int64, privilege: Privilege)] {
        let most = 100
        return try stride(from: 0, to: roleIDs.count, by: most).flatMap { start in
            let some = roleIDs[start..<min(start + most, roleIDs.count)]
            let places = (1...some.count).map { "$\($0)" }.joined(separator: ", ")
            return try rows(
                "SELECT object_id, privilege FROM privilege_grant WHERE role_id IN (\(places))",
                some.map(CatalogValue.int)
            ).map { (object: try $0.int("object_id"), privilege: try Privilege(stored: $0)) }
        }
    }

    /// The grants on an object, by role and privilege.
    package func privilegeGrants(on objectID: Int64) throws -> [PrivilegeGrantRow] {
        try rows(PrivilegeGrantRow.query + " AND g.object_id = $1 ORDER BY role_name, g.privilege", [.int(objectID)])
            .map(PrivilegeGrantRow.init)
    }

    /// The grants to a role on live objects, by kind and object.
    package func privilegeGrants(to roleID: Int64) throws -> [PrivilegeGrantRow] {
        try rows(
            PrivilegeGrantRow.query
                + " AND o.dropped_on IS NULL AND g.role_id = $1 ORDER BY g.object_kind, g.object_id, g.privilege",
            [.int(roleID)]
        ).map(PrivilegeGrantRow.init)
    }

    /// The live objects that a role owns, temporary ones left out, by kind and name.
    package func objects(ownedBy roleID: Int64) throws -> [ObjectRow] {
        try rows(
            """
            SELECT \(ObjectRow.columns) FROM object o
            WHERE o.owner_role_id = $1 AND o.dropped_on IS NULL AND o.session_id IS NULL ORDER BY o.kind, o.name
            """, [.int(roleID)]
        ).map(ObjectRow.init)
    }

    /// The live objects of a kind in a schema, or in all schemas of a database, temporary ones left out.
    package func objects(_ kind: ObjectKind, within containerID: Int64) throws -> [ObjectRow] {
        try rows(
            """
            SELECT \(ObjectRow.columns) FROM object o
            WHERE (o.parent_id = $1 OR o.parent_id IN
                    (SELECT s.id FROM object s WHERE s.parent_id = $1 AND s.dropped_on IS NULL))
                AND o.kind = $2 AND o.dropped_on IS NULL AND o.session_id IS NULL
            ORDER BY o.name
            """, [.int(containerID), .text(kind.rawValue)]
        ).map(ObjectRow.init)
    }

    /// The future grants in a schema or database, by kind, role and privilege.
    package func futureGrants(in containerID: Int64) throws -> [FutureGrantRow] {
        try rows(
            FutureGrantRow.query + " AND g.container_id = $1 ORDER BY g.object_kind, role_name, g.privilege",
            [.int(containerID)]
        ).map(FutureGrantRow.init)
    }

    /// The future grants to a role.
    package func futureGrants(to roleID: Int64) throws -> [FutureGrantRow] {
        try rows(
            FutureGrantRow.query + " AND g.role_id = $1 ORDER BY g.container_id, g.object_kind, g.privilege",
            [.int(roleID)]
        ).map(FutureGrantRow.init)
    }
}

extension CatalogTransaction {
    /// Says that users, roles or grants have changed. Part of every transaction that changes them.
    package func renewAccessGeneration() throws {
        renewsAccess = true
        knownAccessGeneration = nil
        let value = "\(UInt64.random(in: 0...UInt64.max))-\(UInt64.random(in: 0...UInt64.max))"
        try run(
            """
            INSERT INTO setting (name, value) VALUES ('access_generation', $1)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value
            """, [.text(value)])
    }

    /// Grants a privilege; one that exists already gains the grant option where `grantOption` is true.
    ///
    /// - Returns: whether anything changed.
    @discardableResult
    package func insertPrivilegeGrant(
        _ privilege: Privilege, on kind: ObjectKind, _ objectID: Int64, to roleID: Int64, grantOption: Bool = false,
        grantedBy: Int64?, now: Int64
    ) throws -> Bool {
        try run(
            """
            INSERT INTO privilege_grant (privilege, object_kind, object_id, role_id, grant_option, granted_by_role_id,
                created_on)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (object_id, privilege, role_id) DO UPDATE SET grant_option = 1
            WHERE excluded.grant_option = 1 AND privilege_grant.grant_option = 0
            """,
            [
                .text(privilege.rawValue), .text(kind.rawValue), .int(objectID), .int(roleID), .bool(grantOption),
                .optional(grantedBy), .int(now),
            ]) > 0
    }

    /// - Parameter optionOnly: keeps the privilege and takes only the right to hand it on.
    /// - Returns: whether there was such a grant.
    package func deletePrivilegeGrant(
        _ privilege: Privilege, on objectID: Int64, from roleID: Int64, optionOnly: Bool = false
    ) throws -> Bool {
        let arguments: [CatalogValue] = [.int(objectID), .text(privilege.rawValue), .int(roleID)]
        let place = "WHERE object_id = $1 AND privilege = $2 AND role_id = $3"
        return optionOnly
            ? try run("UPDATE privilege_grant SET grant_option = 0 \(place) AND grant_option = 1", arguments) > 0
            : try run("DELETE FROM privilege_grant \(place)", arguments) > 0
    }

    /// Removes all grants on an object.
    ///
    /// - Returns: how many there were.
    package func deletePrivilegeGrants(on objectID: Int64) throws -> Int {
        try run("DELETE FROM privilege_grant WHERE object_id = $1", [.int(objectID)])
    }

    /// Names another role as the giver of all grants on an object.
    package func setGrantor(ofGrantsOn objectID: Int64, to roleID: Int64) throws {
        try run(
            "UPDATE privilege_grant SET granted_by_role_id = $1 WHERE object_id = $2", [.int(roleID), .int(objectID)])
    }

    /// - Returns: whether anything changed.
    package func insertFutureGrant(
        _ privilege: Privilege, on kind: ObjectKind, in containerID: Int64, to roleID: Int64,
        grantOption: Bool = false, grantedBy: Int64?, now: Int64
    ) throws -> Bool {
        try run(
            """
            INSERT INTO future_grant (privilege, object_kind, container_id, role_id, grant_option, granted_by_role_id,
                created_on)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (container_id, object_kind, privilege, role_id) DO UPDATE SET grant_option = 1
            WHERE excluded.grant_option = 1 AND future_grant.grant_option = 0
            """,
            [
                .text(privilege.rawValue), .text(kind.rawValue), .int(containerID), .int(roleID), .bool(grantOption),
                .optional(grantedBy), .int(now),
            ]) > 0
    }

    /// - Returns: whether there was such a grant.
    package func deleteFutureGrant(
        _ privilege: Privilege, on kind: ObjectKind, in containerID: Int64, from roleID: Int64
    ) throws -> Bool {
        try run(
            """
            DELETE FROM future_grant
            WHERE container_id = $1 AND object_kind = $2 AND privilege = $3 AND role_id = $4
            """, [.int(containerID), .text(kind.rawValue), .text(privilege.rawValue), .int(roleID)]) > 0
    }

    /// Gives a new object what future grants promise: called once, in the transaction that makes the object.
    ///
    /// Where the schema has future grants for the kind, the database's are not looked at. A future grant of OWNERSHIP
    /// makes that role the owner. Temporary objects get none: do not call it for them.
    ///
    /// Source: https://docs.snowflake.com/en/sql-reference/sql/grant-privilege (future grants)
    package func applyFutureGrants(to objectID: Int64, now: Int64) throws {
        guard let object = try object(objectID), let parentID = object.parentID, parentID != ObjectRef.account.id else {
            return
        }
        var container: Int64? = parentID
        var promised: [FutureGrantRow] = []
        while let id = container, id != ObjectRef.account.id, promised.isEmpty {
            promised = try futureGrants(in: id).filter { $0.objectKind == object.kind }
            container = try self.object(id)?.parentID
        }
        for grant in promised {
            if grant.privilege == .ownership {
                try setOwner(objectID, roleID: grant.roleID, now: now)
            } else {
                try insertPrivilegeGrant(
                    grant.privilege, on: object.kind, objectID, to: grant.roleID, grantOption: grant.grantOption,
                    grantedBy: grant.grantedByID, now: now)
            }
        }
        if !promised.isEmpty { try renewAccessGeneration() }
    }
}
