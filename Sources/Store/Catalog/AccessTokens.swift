package import Types

/// A token that a user's programs log in with.
package struct AccessTokenRow: Hashable, Sendable {
    package let id: Int64
    package let userID: Int64
    package let name: Identifier
    /// The role that a session with the token acts in, nil where it may act in any of its user's.
    package let roleID: Int64?
    /// The role's name, nil where there is none or it was dropped.
    package let role: Identifier?
    package let comment: String
    package let isDisabled: Bool
    /// Days that it was issued for, and that it is issued for anew when it is rotated.
    package let daysToExpiry: Int64
    /// Milliseconds since 1970.
    package let expiresOn: Int64
    /// The token that took its place, `""` where it was not rotated.
    package let rotatedTo: String
    /// The user who made it.
    package let createdBy: String
    /// Milliseconds since 1970.
    package let createdOn: Int64

    static let query = """
        SELECT t.id, t.user_id, t.name, t.role_id, t.comment, t.disabled, t.days_to_expiry, t.expires_on, t.rotated_to,
            t.created_by, t.created_on,
            (SELECT r.name FROM object r WHERE r.id = t.role_id AND r.dropped_on IS NULL) AS role_name
        FROM access_token t JOIN object o ON o.id = t.user_id
        WHERE o.dropped_on IS NULL
        """

    init(_ row: CatalogRow) throws {
        id = try row.int("id")
        userID = try row.int("user_id")
        name = try row.identifier("name")
        roleID = row.optionalInt("role_id")
        role = row.optionalText("role_name").map { Identifier(resolved: $0) }
        comment = try row.text("comment")
        isDisabled = try row.bool("disabled")
        daysToExpiry = try row.int("days_to_expiry")
        expiresOn = try row.int("expires_on")
        rotatedTo = try row.text("rotated_to")
        createdBy = try row.text("created_by")
        createdOn = try row.int("created_on")
    }
}

extension CatalogReader {
    /// The token of a live user with this hash of its secret, nil where there is none.
    package func accessToken(secretHash: String) throws -> AccessTokenRow? {
        try one(AccessTokenRow.query + " AND t.secret_hash = $1", [.text(secretHash)]).map(AccessTokenRow.init)
    }

    /// The user's token of the name, nil where there is none.
    package func accessToken(_ name: Identifier, of userID: Int64) throws -> AccessTokenRow? {
        try one(AccessTokenRow.query + " AND t.user_id = $1 AND t.name = $2", [.int(userID), .text(name.name)])
            .map(AccessTokenRow.init)
    }

    /// The user's tokens by name.
    package func accessTokens(of userID: Int64) throws -> [AccessTokenRow] {
        try rows(AccessTokenRow.query + " AND t.user_id = $1 ORDER BY t.name", [.int(userID)])
            .map(AccessTokenRow.init)
    }

    /// The ids of users who have a token that has not expired.
    package func usersWithAccessTokens(now: Int64) throws -> Set<Int64> {
        Set(
            try rows("SELECT DISTINCT user_id FROM access_token WHERE expires_on > $1", [.int(now)]).map {
                try $0.int("user_id")
            })
    }
}

extension CatalogTransaction {
    /// - Returns: the new id.
    /// - Throws: `alreadyExists` where the user has a token of the name.
    package func insertAccessToken(
        _ name: Identifier, of userID: Int64, secretHash: String, roleID: Int64?, comment: String, daysToExpiry: Int64,
        expiresOn: Int64, createdBy: Identifier, now: Int64
    ) throws -> Int64 {
        let inserted = try rows(
            """
            INSERT INTO access_token (user_id, name, secret_hash, role_id, comment, days_to_expiry, expires_on,
                created_by, created_on)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            RETURNING id
            """,
            [
                .int(userID), .text(name.name), .text(secretHash), .optional(roleID), .text(comment),
                .int(daysToExpiry), .int(expiresOn), .text(createdBy.name), .int(now),
            ])
        guard let row = inserted.first else { throw RegistryError(.internal, "The catalog gave no id.") }
        return try row.int("id")
    }

    package func renameAccessToken(_ id: Int64, to name: Identifier) throws {
        try run("UPDATE access_token SET name = $1 WHERE id = $2", [.text(name.name), .int(id)])
    }

    package func setAccessToken(_ id: Int64, comment: String, disabled: Bool) throws {
        try run(
            "UPDATE access_token SET comment = $1, disabled = $2 WHERE id = $3",
            [.text(comment), .bool(disabled), .int(id)])
    }

    /// Names the token that took the place of this one, which ends now or later.
    package func setRotated(_ id: Int64, to name: Identifier, expiresOn: Int64) throws {
        try run(
            "UPDATE access_token SET rotated_to = $1, expires_on = $2 WHERE id = $3",
            [.text(name.name), .int(expiresOn), .int(id)])
    }

    package func deleteAccessToken(_ id: Int64) throws {
        try run("DELETE FROM access_token WHERE id = $1", [.int(id)])
    }

    /// Forgets tokens that have been over since before a moment.
    package func deleteAccessTokens(of userID: Int64, expiredBefore moment: Int64) throws {
        try run(
            "DELETE FROM access_token WHERE user_id = $1 AND expires_on < $2", [.int(userID), .int(moment)])
    }
}
