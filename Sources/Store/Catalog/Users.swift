package import Types

/// A user: the object's row and the account's own.
package struct UserRow: Hashable, Sendable {
    package let object: ObjectRow
    package let displayName: String
    package let email: String
    /// The encoded hash, nil for a user without a password.
    package let passwordHash: String?
    package let mustChangePassword: Bool
    package let defaultRoleID: Int64?
    /// The default role's name, nil where none is set or it was dropped.
    package let defaultRole: Identifier?
    /// As SQL writes it, `""` where none is set.
    package let defaultWarehouse: String
    /// `DB` or `DB.SCHEMA` as SQL writes it, `""` where none is set.
    package let defaultNamespace: String
    package let isDisabled: Bool
    /// Milliseconds since 1970, nil before the first login.
    package let lastLoginOn: Int64?

    package var name: Identifier { object.name }

    static let query = """
        SELECT \(ObjectRow.columns), u.display_name, u.email, u.password_hash, u.must_change_password,
            u.default_role_id, u.default_warehouse, u.default_namespace, u.disabled, u.last_login_on,
            (SELECT d.name FROM object d WHERE d.id = u.default_role_id AND d.dropped_on IS NULL) AS default_role
        FROM object o JOIN user_account u ON u.id = o.id
        WHERE o.dropped_on IS NULL
        """

    init(_ row: CatalogRow) throws {
        object = try ObjectRow(row)
        displayName = try row.text("display_name")
        email = try row.text("email")
        passwordHash = row.optionalText("password_hash")
        mustChangePassword = try row.bool("must_change_password")
        defaultRoleID = row.optionalInt("default_role_id")
        defaultRole = row.optionalText("default_role").map { Identifier(resolved: $0) }
        defaultWarehouse = try row.text("default_warehouse")
        defaultNamespace = try row.text("default_namespace")
        isDisabled = try row.bool("disabled")
        lastLoginOn = row.optionalInt("last_login_on")
    }
}

extension CatalogReader {
    /// The live user of the name, nil where there is none.
    package func userAccount(_ name: Identifier) throws -> UserRow? {
        try one(UserRow.query + " AND o.parent_id = 1 AND o.family = 'USER' AND o.name = $1", [.text(name.name)])
            .map(UserRow.init)
    }

    /// All live users by name.
    package func userAccounts() throws -> [UserRow] {
        try rows(UserRow.query + " ORDER BY o.name").map(UserRow.init)
    }
}

extension CatalogTransaction {
    /// Makes the account's row of a user whose object exists.
    package func insertUserAccount(_ id: Int64) throws {
        try run("INSERT INTO user_account (id) VALUES ($1)", [.int(id)])
    }

    package func setPasswordHash(_ id: Int64, _ hash: String?, mustChange: Bool, now: Int64) throws {
        try run(
            """
            UPDATE user_account SET password_hash = $1, must_change_password = $2, password_changed_on = $3
            WHERE id = $4
            """, [.optional(hash), .bool(mustChange), .int(now), .int(id)])
    }

    package func setDefaultRole(_ id: Int64, roleID: Int64?) throws {
        try run("UPDATE user_account SET default_role_id = $1 WHERE id = $2", [.optional(roleID), .int(id)])
    }

    package func setUserDefaults(_ id: Int64, warehouse: String, namespace: String) throws {
        try run(
            "UPDATE user_account SET default_warehouse = $1, default_namespace = $2 WHERE id = $3",
            [.text(warehouse), .text(namespace), .int(id)])
    }

    package func setUserNames(_ id: Int64, displayName: String, email: String) throws {
        try run(
            "UPDATE user_account SET display_name = $1, email = $2 WHERE id = $3",
            [.text(displayName), .text(email), .int(id)])
    }

    package func setDisabled(_ id: Int64, _ disabled: Bool) throws {
        try run("UPDATE user_account SET disabled = $1 WHERE id = $2", [.bool(disabled), .int(id)])
    }

    package func setLastLogin(_ id: Int64, now: Int64) throws {
        try run("UPDATE user_account SET last_login_on = $1 WHERE id = $2", [.int(now), .int(id)])
    }
}
