package import Types

/// How often a role is granted, and how many are granted to it.
package struct RoleGrantCounts: Hashable, Sendable {
    /// Users whom it is granted to.
    package var users = 0
    /// Roles that it is granted to.
    package var heirs = 0
    /// Roles that are granted to it.
    package var inherited = 0

    package init() {}
}

/// A role granted to a role or a user.
package struct RoleGrantRow: Hashable, Sendable {
    package let roleID: Int64
    package let role: Identifier
    package let granteeKind: ObjectKind
    package let grantee: Identifier
    /// The role that gave it, `""` where the server did.
    package let grantedBy: String
    /// Milliseconds since 1970.
    package let createdOn: Int64

    static let query = """
        SELECT g.role_id, r.name AS role_name, g.grantee_kind, e.name AS grantee_name, b.name AS granted_by,
            g.created_on
        FROM role_grant g JOIN object r ON r.id = g.role_id JOIN object e ON e.id = g.grantee_id
            LEFT JOIN object b ON b.id = g.granted_by_role_id
        WHERE r.dropped_on IS NULL AND e.dropped_on IS NULL
        """

    init(_ row: CatalogRow) throws {
        guard let kind = ObjectKind(rawValue: try row.text("grantee_kind")) else {
            throw RegistryError(.corrupt, "The catalog holds a role grant to an unknown kind of grantee.")
        }
        roleID = try row.int("role_id")
        role = try row.identifier("role_name")
        granteeKind = kind
        grantee = try row.identifier("grantee_name")
        grantedBy = row.optionalText("granted_by") ?? ""
        createdOn = try row.int("created_on")
    }
}

extension CatalogReader {
    /// All live roles by name.
    package func roles() throws -> [ObjectRow] {
        try rows(
            """
            SELECT \(ObjectRow.columns) FROM object o
            WHERE o.parent_id = 1 AND o.family = 'ROLE' AND o.dropped_on IS NULL ORDER BY o.name
            """
        ).map(ObjectRow.init)
    }

    /// Whether the role belongs to the server and can't be dropped.
    package func isSystemRole(_ id: Int64) throws -> Bool {
        try one("SELECT is_system FROM role WHERE id = $1", [.int(id)])?.bool("is_system") ?? false
    }

    /// Every grant of a role to a role, as ids: the grantee inherits from the role.
    package func roleEdges() throws -> [(role: Int64, grantee: Int64)] {
        try rows("SELECT role_id, grantee_id FROM role_grant WHERE grantee_kind = 'ROLE'").map {
            (role: try $0.int("role_id"), grantee: try $0.int("grantee_id"))
        }
    }

    /// The roles granted directly to a role or a user.
    package func rolesGranted(to granteeID: Int64) throws -> [Int64] {
        try rows("SELECT role_id FROM role_grant WHERE grantee_id = $1", [.int(granteeID)]).map {
            try $0.int("role_id")
        }
    }

    /// The same with names, by role name.
    package func roleGrants(to granteeID: Int64) throws -> [RoleGrantRow] {
        try rows(RoleGrantRow.query + " AND g.grantee_id = $1 ORDER BY role_name", [.int(granteeID)])
            .map(RoleGrantRow.init)
    }

    /// How many live users and roles each role is granted to, and how many roles are granted to it, by the role's id.
    package func roleGrantCounts() throws -> [Int64: RoleGrantCounts] {
        var counts: [Int64: RoleGrantCounts] = [:]
        let live = """
            SELECT g.role_id, g.grantee_id, g.grantee_kind
            FROM role_grant g JOIN object r ON r.id = g.role_id JOIN object e ON e.id = g.grantee_id
            WHERE r.dropped_on IS NULL AND e.dropped_on IS NULL
            """
        for row in try rows(live) {
            let (role, grantee) = (try row.int("role_id"), try row.int("grantee_id"))
            if try row.text("grantee_kind") == ObjectKind.user.rawValue {
                counts[role, default: RoleGrantCounts()].users += 1
            } else {
                counts[role, default: RoleGrantCounts()].heirs += 1
                counts[grantee, default: RoleGrantCounts()].inherited += 1
            }
        }
        return counts
    }

    /// Whom the role is granted to, by kind and name.
    package func roleGrants(of roleID: Int64) throws -> [RoleGrantRow] {
        try rows(RoleGrantRow.query + " AND g.role_id = $1 ORDER BY g.grantee_kind, grantee_name", [.int(roleID)])
            .map(RoleGrantRow.init)
    }
}

extension CatalogTransaction {
    /// Makes the role's own row of an object that exists.
    package func insertRole(_ id: Int64, isSystem: Bool = false) throws {
        try run("INSERT INTO role (id, is_system) VALUES ($1, $2)", [.int(id), .bool(isSystem)])
    }

    /// Grants a role to a role or user.
    ///
    /// - Returns: whether it was new.
    package func insertRoleGrant(
        _ roleID: Int64, to kind: ObjectKind, _ granteeID: Int64, grantedBy: Int64?, now: Int64
    ) throws -> Bool {
        try run(
            """
            INSERT INTO role_grant (role_id, grantee_kind, grantee_id, granted_by_role_id, created_on)
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT (role_id, grantee_id) DO NOTHING
            """, [.int(roleID), .text(kind.rawValue), .int(granteeID), .optional(grantedBy), .int(now)]) > 0
    }

    /// - Returns: whether there was such a grant.
    package func deleteRoleGrant(_ roleID: Int64, from granteeID: Int64) throws -> Bool {
        try run(
            "DELETE FROM role_grant WHERE role_id = $1 AND grantee_id = $2", [.int(roleID), .int(granteeID)]) > 0
    }

    /// Removes every grant of, to and by a role or user that is being dropped: of the role, of other roles to it, and
    /// of privileges to it, now and in future.
    package func deleteGrants(ofDropped id: Int64) throws {
        try run("DELETE FROM role_grant WHERE role_id = $1 OR grantee_id = $1", [.int(id)])
        try run("DELETE FROM privilege_grant WHERE role_id = $1", [.int(id)])
        try run("DELETE FROM future_grant WHERE role_id = $1", [.int(id)])
        try run("UPDATE user_account SET default_role_id = NULL WHERE default_role_id = $1", [.int(id)])
    }

    /// Gives all objects of one role, dropped ones too, to another.
    ///
    /// - Returns: how many changed hands.
    package func reassignObjects(from roleID: Int64, to heirID: Int64) throws -> Int {
        try run("UPDATE object SET owner_role_id = $1 WHERE owner_role_id = $2", [.int(heirID), .int(roleID)])
    }
}
