package import Store
package import Types

/// What a caller shows to say who it is. Each door reads it from its own protocol.
package enum Credential: Sendable {
    case password(String)
    /// A token that was issued for programs; also what a password may turn out to be.
    case programmaticAccessToken(String)
    /// A JWT signed with the user's private key.
    case keyPairJWT(String)
    /// A bearer token of a configured issuer.
    case oauth(String)
}

/// Says who is calling: the one place where credentials are checked.
///
/// Thread-safe; blocks for the time of a password hash (a quarter of a second), not at all for a password that was
/// right in the last minutes.
/// ```
/// switch try authenticator.login("alice", .password("…")) {
/// case .welcome(let user): …
/// case .refused(let error, let delay): try await Task.sleep(for: delay); throw error
/// }
/// ```
package final class Authenticator: Sendable {
    package enum Outcome: Sendable {
        /// The user, enabled.
        case welcome(UserRow)
        /// The answer, and how long the door holds it back, so that guessing is slow. The same for an unknown user,
        /// a wrong password and a disabled user.
        case refused(RegistryError, after: Duration)
    }

    private let catalog: CatalogStore
    private let verifier: PasswordVerifier
    private let throttle: LoginThrottle
    private let time: TimeSource
    private static let lastLoginGrainMilliseconds: Int64 = 60_000

    /// - Parameter cost: what a guess at an unknown user costs; give the one that ``Accounts`` hashes with.
    package init(catalog: CatalogStore, cost: PasswordHash.Cost = .standard, time: TimeSource = .wall) throws {
        self.catalog = catalog
        self.time = time
        verifier = try PasswordVerifier(cost: cost, time: time)
        throttle = LoginThrottle(time: time)
    }

    /// Checks a credential.
    ///
    /// - Parameter name: the user's name as the caller typed it: compared in upper case first, then as it is. It may be
    ///   empty only where the credential names the user itself.
    /// - Throws: errors of the catalog; a refusal is no error but an ``Outcome``.
    package func login(_ name: String, _ credential: Credential) throws -> Outcome {
        let key = String(name.prefix(Identifier.maximumLength)).uppercased()
        let user: UserRow?
        switch credential {
        case .password(let password):
            let found = try account(name)
            let hash = try found?.passwordHash.map { try PasswordHash(encoded: $0) }
            let right = try verifier.verify(password, against: hash)
            user = right ? found : nil
        case .programmaticAccessToken: return refused(key, "Access tokens are not offered by this server.")
        case .keyPairJWT: return refused(key, "Key-pair login is not offered by this server.")
        case .oauth: return refused(key, "OAuth login is not offered by this server.")
        }
        guard let user, !user.isDisabled else { return refused(key, "Incorrect username or password was specified.") }
        throttle.succeeded(key)
        let now = time.now()
        if now - (user.lastLoginOn ?? 0) >= Self.lastLoginGrainMilliseconds {
            try catalog.write { try $0.setLastLogin(user.object.id, now: now) }
        }
        return .welcome(user)
    }

    private func refused(_ name: String, _ message: String) -> Outcome {
        .refused(RegistryError(.unauthenticated, message), after: throttle.failed(name))
    }

    private func account(_ name: String) throws -> UserRow? {
        guard !name.isEmpty, name.count <= Identifier.maximumLength, !name.unicodeScalars.contains("\0") else { return nil }
        return try catalog.read { reader in
            try reader.userAccount(Identifier(resolved: name.uppercased()))
                ?? reader.userAccount(Identifier(resolved: name))
        }
    }
}
