package import Types

/// Whether a user is somebody or a program. A service has no password.
package enum UserType: String, Hashable, Sendable, CaseIterable {
    case person = "PERSON"
    case service = "SERVICE"
    /// A program that still logs in with a password.
    case legacyService = "LEGACY_SERVICE"
}

/// A user: the object's row and the account's own.
package struct UserRow: Hashable, Sendable {
    package let object: ObjectRow
    /// What the user logs in with, nil for its own name.
    package let ownLoginName: String?
    package let type: UserType
    package let displayName: String
    package let firstName: String
    package let middleName: String
    package let lastName: String
    package let email: String
    /// The encoded hash, nil for a user without a password.
    package let passwordHash: String?
    package let mustChangePassword: Bool
    /// Milliseconds since 1970, nil where no password was ever set.
    package let passwordChangedOn: Int64?
    package let defaultRoleID: Int64?
    /// The default role's name, nil where none is set or it was dropped.
    package let defaultRole: Identifier?
    /// As SQL writes it, `""` where none is set.
    package let defaultWarehouse: String
    /// `DB` or `DB.SCHEMA` as SQL writes it, `""` where none is set.
    package let defaultNamespace: String
    /// Whether a session begins with all of the user's roles as secondary ones.
    package let defaultsToAllSecondaryRoles: Bool
    package let isDisabled: Bool
    /// The moment from which the user can't log in any more, in milliseconds since 1970; nil for never.
    package let expiresOn: Int64?
    /// The moment before which the user can't log in, in milliseconds since 1970; nil for none.
    package let lockedUntil: Int64?
    /// Milliseconds since 1970, nil before the first login.
    package let lastLoginOn: Int64?

    package var name: Identifier { object.name }
    /// What the user logs in with.
    package var loginName: String { ownLoginName ?? name.name }

    /// Whether the user may log in at the moment, whatever with.
    package func mayLogIn(at now: Int64) -> Bool {
        !isDisabled && expiresOn.map { $0 > now } ?? true && lockedUntil.map { $0 <= now } ?? true
    }

    static let query = """
        SELECT \(ObjectRow.columns), u.display_name, u.email, u.password_hash, u.must_change_password,
            u.default_role_id, u.default_warehouse, u.default_namespace, u.disabled, u.last_login_on,
            u.password_changed_on, u.login_name, u.user_type, u.first_name, u.middle_name, u.last_name, u.expires_on,
            u.locked_until, u.default_secondary_roles,
            (SELECT d.name FROM object d WHERE d.id = u.default_role_id AND d.dropped_on IS NULL) AS default_role
        FROM object o JOIN user_account u ON u.id = o.id
        WHERE o.dropped_on IS NULL
        """

    init(_ row: CatalogRow) throws {
        object = try ObjectRow(row)
        guard let type = UserType(rawValue: try row.text("user_type")) else {
            throw RegistryError(.corrupt, "The catalog holds a user of an unknown type.")
        }
        self.type = type
        ownLoginName = row.optionalText("login_name")
        displayName = try row.text("display_name")
        firstName = try row.text("first_name")
        middleName = try row.text("middle_name")
        lastName = try row.text("last_name")
        email = try row.text("email")
        passwordHash = row.optionalText("password_hash")
        mustChangePassword = try row.bool("must_change_password")
        passwordChangedOn = row.optionalInt("password_changed_on")
        defaultRoleID = row.optionalInt("default_role_id")
        defaultRole = row.optionalText("default_role").map { Identifier(resolved: $0) }
        defaultWarehouse = try row.text("default_warehouse")
        defaultNamespace = try row.text("default_namespace")
        defaultsToAllSecondaryRoles = try row.text("default_secondary_roles") == "ALL"
        isDisabled = try row.bool("disabled")
        expiresOn = row.optionalInt("expires_on")
        lockedUntil = row.optionalInt("locked_until")
        lastLoginOn = row.optionalInt("last_login_on")
    }
}

/// A public key that signatures of a user's logins are checked with.
package struct UserKeyRow: Hashable, Sendable {
    package let userID: Int64
    /// 1 for RSA_PUBLIC_KEY, 2 for RSA_PUBLIC_KEY_2.
    package let slot: Int
    /// The key (SubjectPublicKeyInfo) in base64.
    package let der: String
    /// Base64 of the SHA-256 of the key's bytes.
    package let fingerprint: String
    /// Milliseconds since 1970.
    package let setOn: Int64

    init(_ row: CatalogRow) throws {
        userID = try row.int("user_id")
        slot = Int(try row.int("slot"))
        der = try row.text("der")
        fingerprint = try row.text("fingerprint")
        setOn = try row.int("set_on")
    }
}

extension CatalogReader {
    /// The live user of the name, nil where there is none.
    package func userAccount(_ name: Identifier) throws -> UserRow? {
        try one(UserRow.query + " AND o.parent_id = 1 AND o.family = 'USER' AND o.name = $1", [.text(name.name)])
            .map(UserRow.init)
    }

    /// The live user with the id, nil where there is none.
    package func userAccount(id: Int64) throws -> UserRow? {
        try one(UserRow.query + " AND o.id = $1", [.int(id)]).map(UserRow.init)
    }

    /// The live user who logs in with this name, nil where there is none.
    package func userAccount(loginName: String) throws -> UserRow? {
        if let row = try one(UserRow.query + " AND u.login_name = $1", [.text(loginName)]) { return try UserRow(row) }
        let user = try userAccount(Identifier(resolved: loginName))
        return user?.ownLoginName == nil ? user : nil
    }

    /// All live users by name.
    package func userAccounts() throws -> [UserRow] {
        try rows(UserRow.query + " ORDER BY o.name").map(UserRow.init)
    }

    /// The user's public keys by slot.
    package func userKeys(of userID: Int64) throws -> [UserKeyRow] {
        try rows(
            "SELECT user_id, slot, der, fingerprint, set_on FROM user_key WHERE user_id = $1 ORDER BY slot",
            [.int(userID)]
        ).map(UserKeyRow.init)
    }

    /// The ids of users who have a public key.
    package func usersWithKeys() throws -> Set<Int64> {
        Set(try rows("SELECT DISTINCT user_id FROM user_key").map { try $0.int("user_id") })
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

    package func setMustChangePassword(_ id: Int64, _ mustChange: Bool) throws {
        try run("UPDATE user_account SET must_change_password = $1 WHERE id = $2", [.bool(mustChange), .int(id)])
    }

    package func setDefaultRole(_ id: Int64, roleID: Int64?) throws {
        try run("UPDATE user_account SET default_role_id = $1 WHERE id = $2", [.optional(roleID), .int(id)])
    }

    package func setUserDefaults(_ id: Int64, warehouse: String, namespace: String) throws {
        try run(
            "UPDATE user_account SET default_warehouse = $1, default_namespace = $2 WHERE id = $3",
            [.text(warehouse), .text(namespace), .int(id)])
    }

    package func setDefaultsToAllSecondaryRoles(_ id: Int64, _ all: Bool) throws {
        try run(
            "UPDATE user_account SET default_secondary_roles = $1 WHERE id = $2", [.text(all ? "ALL" : ""), .int(id)])
    }

    package func setUserNames(
        _ id: Int64, displayName: String, first: String, middle: String, last: String, email: String
    ) throws {
        try run(
            """
            UPDATE user_account SET display_name = $1, first_name = $2, middle_name = $3, last_name = $4, email = $5
            WHERE id = $6
            """, [.text(displayName), .text(first), .text(middle), .text(last), .text(email), .int(id)])
    }

    /// - Parameter name: nil for the user's own name.
    package func setLoginName(_ id: Int64, _ name: String?) throws {
        try run("UPDATE user_account SET login_name = $1 WHERE id = $2", [.optional(name), .int(id)])
    }

    package func setUserType(_ id: Int64, _ type: UserType) throws {
        try run("UPDATE user_account SET user_type = $1 WHERE id = $2", [.text(type.rawValue), .int(id)])
    }

    package func setDisabled(_ id: Int64, _ disabled: Bool) throws {
        try run("UPDATE user_account SET disabled = $1 WHERE id = $2", [.bool(disabled), .int(id)])
    }

    package func setUserExpiry(_ id: Int64, on moment: Int64?) throws {
        try run("UPDATE user_account SET expires_on = $1 WHERE id = $2", [.optional(moment), .int(id)])
    }

    package func setUserLock(_ id: Int64, until moment: Int64?) throws {
        try run("UPDATE user_account SET locked_until = $1 WHERE id = $2", [.optional(moment), .int(id)])
    }

    package func setLastLogin(_ id: Int64, now: Int64) throws {
        try run("UPDATE user_account SET last_login_on = $1 WHERE id = $2", [.int(now), .int(id)])
    }

    /// - Parameter slot: 1 or 2.
    package func setUserKey(_ id: Int64, slot: Int, der: String, fingerprint: String, now: Int64) throws {
        try run(
            """
            INSERT INTO user_key (user_id, slot, der, fingerprint, set_on) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (user_id, slot) DO UPDATE
            SET der = excluded.der, fingerprint = excluded.fingerprint, set_on = excluded.set_on
            """, [.int(id), .int(Int64(slot)), .text(der), .text(fingerprint), .int(now)])
    }

    package func deleteUserKey(_ id: Int64, slot: Int) throws {
        try run("DELETE FROM user_key WHERE user_id = $1 AND slot = $2", [.int(id), .int(Int64(slot))])
    }

    /// Removes the keys and access tokens of a user that is being dropped, and frees its login name.
    package func deleteCredentials(ofUser id: Int64) throws {
        try run("DELETE FROM user_key WHERE user_id = $1", [.int(id)])
        try run("DELETE FROM access_token WHERE user_id = $1", [.int(id)])
        try run("UPDATE user_account SET login_name = NULL, password_hash = NULL WHERE id = $1", [.int(id)])
    }
}
