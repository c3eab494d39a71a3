package import Store
package import Types

/// Programmatic access tokens: what `ALTER USER … ADD|ROTATE|MODIFY|REMOVE PAT` and SHOW USER PATS do.
///
/// Users manage their own, but for sessions that a token opened; others need ownership of the user or MODIFY
/// PROGRAMMATIC AUTHENTICATION METHODS on it. Secrets are shown once and kept as a hash.
/// Source: https://docs.snowflake.com/en/user-guide/programmatic-access-tokens
extension Accounts {
    /// What a new token is to be.
    package struct TokenProperties: Sendable {
        /// The one role that a session with the token acts in; nil for all of the user's.
        package var role: Identifier?
        /// In 1...365. Default 15.
        package var daysToExpiry: Int64 = 15
        package var comment = ""

        package init() {}
    }

    /// A token that was just made, with its secret.
    package struct NewToken: Sendable {
        package let name: Identifier
        package let secret: String
        /// The new name of the token that it replaces.
        package var rotated: Identifier?
    }

    /// Most tokens of a user that are not over.
    package static let mostTokens = 15
    private static let daysToExpiry: ClosedRange<Int64> = 1...365
    private static let dayMilliseconds: Int64 = 86_400_000
    /// For so long a token that is over is still listed.
    private static let listedMilliseconds: Int64 = 30 * dayMilliseconds
    private static let tokenWord = "Programmatic access token"

    /// Makes a token.
    ///
    /// - Parameter user: nil for the principal's own.
    /// - Throws: `notFound` for a user that may not be seen and a role that the user does not hold; `alreadyExists`;
    ///   `invalidArgument` for days out of range; `limitExceeded` over ``mostTokens``; `permissionDenied`.
    package func addToken(
        _ name: Identifier, _ properties: TokenProperties = TokenProperties(), of user: Identifier? = nil,
        as principal: Principal
    ) throws -> NewToken {
        guard Self.daysToExpiry.contains(properties.daysToExpiry) else {
            throw RegistryError(
                .invalidArgument, "DAYS_TO_EXPIRY is \(properties.daysToExpiry): it must be in 1 to 365.")
        }
        return try change { tx, now in
            let user = try requireTokens(of: user, as: principal, in: tx)
            try tx.deleteAccessTokens(of: user.object.id, expiredBefore: now - Self.listedMilliseconds)
            let present = try tx.accessTokens(of: user.object.id)
            guard !present.contains(where: { $0.name == name }) else {
                throw RegistryError.exists(Self.tokenWord, name.description)
            }
            guard present.count(where: { $0.expiresOn > now }) < Self.mostTokens else {
                throw RegistryError(
                    .limitExceeded, "User '\(user.name)' has \(Self.mostTokens) programmatic access tokens already.",
                    hint: "Remove one with ALTER USER … REMOVE PROGRAMMATIC ACCESS TOKEN.")
            }
            let roleID = try properties.role.map { try requireHeld($0, by: user, in: tx) }
            let secret = AccessTokenSecret.random()
            _ = try tx.insertAccessToken(
                name, of: user.object.id, secretHash: AccessTokenSecret.hash(secret), roleID: roleID,
                comment: properties.comment, daysToExpiry: properties.daysToExpiry,
                expiresOn: now + properties.daysToExpiry * Self.dayMilliseconds, createdBy: principal.user, now: now)
            let facts = [
                "token": name.name, "role": properties.role?.name ?? "", "days": "\(properties.daysToExpiry)",
            ]
            try audit("ADD ACCESS TOKEN", user, to: facts, principal, in: tx, now: now)
            return NewToken(name: name, secret: secret)
        }
    }

    /// Makes a new secret under the token's name, for as many days as before. The old one goes on under another name.
    ///
    /// - Parameter hours: for how long the old secret goes on, at most; 0 ends it at once. Default 24.
    /// - Throws: as ``addToken(_:_:of:as:)``; `notFound` for a token that there is not.
    package func rotateToken(
        _ name: Identifier, of user: Identifier? = nil, oldExpiresAfterHours hours: Int64 = 24, as principal: Principal
    ) throws -> NewToken {
        guard (0...8760).contains(hours) else {
            throw RegistryError(
                .invalidArgument, "EXPIRE_ROTATED_TOKEN_AFTER_HOURS is \(hours): it must be in 0 to 8760.")
        }
        return try changeToken { tx, now in
            let user = try requireTokens(of: user, as: principal, in: tx)
            let old = try token(name, of: user, in: tx)
            let end = old.isDisabled ? 0 : min(old.expiresOn, now + hours * 3_600_000)
            let rotated = Identifier(resolved: "\(name.name.prefix(200))_ROTATED_\(now)_\(old.id)")
            try tx.renameAccessToken(old.id, to: rotated)
            try tx.setRotated(old.id, to: name, expiresOn: min(old.expiresOn, now + hours * 3_600_000))
            let secret = AccessTokenSecret.random()
            _ = try tx.insertAccessToken(
                name, of: user.object.id, secretHash: AccessTokenSecret.hash(secret), roleID: old.roleID,
                comment: old.comment, daysToExpiry: old.daysToExpiry,
                expiresOn: now + old.daysToExpiry * Self.dayMilliseconds, createdBy: principal.user, now: now)
            try audit("ROTATE ACCESS TOKEN", user, to: ["token": name.name], principal, in: tx, now: now)
            return (old.id, end, NewToken(name: name, secret: secret, rotated: rotated))
        }
    }

    /// Changes a token's name, comment, or whether it is disabled; nil leaves it. Sessions of a token that is disabled
    /// can do nothing more.
    package func alterToken(
        _ name: Identifier, of user: Identifier? = nil, newName: Identifier? = nil, comment: String? = nil,
        disabled: Bool? = nil, as principal: Principal
    ) throws {
        try changeToken { tx, now in
            let user = try requireTokens(of: user, as: principal, in: tx)
            let token = try token(name, of: user, in: tx)
            if let newName {
                guard try tx.accessToken(newName, of: user.object.id) == nil else {
                    throw RegistryError.exists(Self.tokenWord, newName.description)
                }
                try tx.renameAccessToken(token.id, to: newName)
            }
            let isDisabled = disabled ?? token.isDisabled
            try tx.setAccessToken(token.id, comment: comment ?? token.comment, disabled: isDisabled)
            var facts = ["token": name.name]
            facts["name"] = newName?.name
            facts["comment"] = comment
            facts["disabled"] = disabled.map { String($0) }
            try audit("MODIFY ACCESS TOKEN", user, to: facts, principal, in: tx, now: now)
            return (token.id, isDisabled ? 0 : token.expiresOn, ())
        }
    }

    /// Ends a token, and the sessions that it opened.
    package func removeToken(_ name: Identifier, of user: Identifier? = nil, as principal: Principal) throws {
        try changeToken { tx, now in
            let user = try requireTokens(of: user, as: principal, byToken: true, in: tx)
            let token = try token(name, of: user, in: tx)
            try tx.deleteAccessToken(token.id)
            try audit("REMOVE ACCESS TOKEN", user, from: ["token": name.name], principal, in: tx, now: now)
            return (token.id, 0, ())
        }
    }

    /// A user's tokens by name; those that ended more than 30 days ago are left out.
    package func tokens(of user: Identifier? = nil, as principal: Principal) throws -> [AccessTokenRow] {
        try catalog.read { reader in
            let user = try requireTokens(of: user, as: principal, byToken: true, in: reader)
            let oldest = time.now() - Self.listedMilliseconds
            return try reader.accessTokens(of: user.object.id).filter { $0.expiresOn > oldest }
        }
    }

    /// Whether a token has ended by its time.
    package func isOver(_ token: AccessTokenRow) -> Bool { token.expiresOn <= time.now() }

    /// The user whose tokens the principal may manage.
    ///
    /// - Parameter byToken: whether sessions that a token opened may do it with their own user.
    private func requireTokens(
        of name: Identifier?, as principal: Principal, byToken: Bool = false, in reader: CatalogReader
    ) throws -> UserRow {
        let user = try user(name ?? principal.user, in: reader)
        if user.name == principal.user {
            _ = try access.viewer(principal, in: reader)
            if !byToken { try requireOwnCredentials(principal) }
        } else {
            try access.require(
                .modifyAuthentication, on: try reader.reference(user.object), as: principal, in: reader)
        }
        return user
    }

    private func token(_ name: Identifier, of user: UserRow, in reader: CatalogReader) throws -> AccessTokenRow {
        guard let token = try reader.accessToken(name, of: user.object.id) else {
            let near = try reader.accessTokens(of: user.object.id).map(\.name.description)
            throw RegistryError.missing(Self.tokenWord, name.description, near: near)
        }
        return token
    }

    /// The id of a role that the user may act in.
    func requireHeld(_ name: Identifier, by user: UserRow, in reader: CatalogReader) throws -> Int64 {
        let direct = try reader.rolesGranted(to: user.object.id)
        let everybody = try reader.accountObject(.role, SystemRole.public.name)?.id
        guard let role = try reader.accountObject(.role, name),
            try RoleGraph(reader).reachable(from: direct + [everybody].compactMap { $0 }).contains(role.id)
        else { throw RegistryError.missing(ObjectKind.role.word, name.description) }
        return role.id
    }

    private func audit(
        _ action: String, _ user: UserRow, from: [String: String] = [:], to: [String: String] = [:],
        _ principal: Principal, in tx: CatalogTransaction, now: Int64
    ) throws {
        try tx.audit(AuditEntry(principal, action, try tx.reference(user.object), from: from, to: to), now: now)
    }
}
