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
/// A login has three steps, since only the second is long: a quarter of a second on the threads of a ``HashingQueue``,
/// and nothing for a password that was right in the last minutes. The first and the last read the catalog and block.
/// Thread-safe.
/// ```
/// let attempt = try authenticator.attempt("alice", .password("…"))
/// let checked = try await authenticator.check(attempt)
/// switch try authenticator.conclude(checked) {
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

    /// A login whose credential is not checked yet.
    package struct Attempt: Sendable {
        fileprivate let name: String
        fileprivate let credential: Credential
        fileprivate let user: UserRow?
    }

    /// A login whose credential is checked.
    package struct Checked: Sendable {
        fileprivate let attempt: Attempt
        /// Why it is refused, nil where the credential is right.
        fileprivate let refusal: String?
    }

    private let catalog: CatalogStore
    private let verifier: PasswordVerifier
    private let throttle: LoginThrottle
    private let time: TimeSource
    private static let lastLoginGrainMilliseconds: Int64 = 60_000
    private static let wrongPassword = "Incorrect username or password was specified."

    /// - Parameters:
    ///   - cost: what a guess at an unknown user costs; give the one that ``Accounts`` hashes with.
    ///   - hashing: where passwords are hashed.
    package init(
        catalog: CatalogStore, cost: PasswordHash.Cost = .standard, hashing: HashingQueue = HashingQueue(),
        time: TimeSource = .wall
    ) {
        self.catalog = catalog
        self.time = time
        verifier = PasswordVerifier(cost: cost, hashing: hashing, time: time)
        throttle = LoginThrottle(time: time)
    }

    /// Begins a login: looks the user up. Blocks.
    ///
    /// - Parameter name: the user's name as the caller typed it: compared in upper case first, then as it is. It may be
    ///   empty only where the credential names the user itself.
    package func attempt(_ name: String, _ credential: Credential) throws -> Attempt {
        switch credential {
        case .password: Attempt(name: name, credential: credential, user: try account(name))
        case .programmaticAccessToken, .keyPairJWT, .oauth: Attempt(name: name, credential: credential, user: nil)
        }
    }

    /// Checks the credential. Does not block.
    ///
    /// - Throws: `unavailable` when too many logins are being checked; `corrupt` for a stored hash that can't be read.
    package func check(_ attempt: Attempt) async throws -> Checked {
        switch attempt.credential {
        case .password(let password):
            let hash = try attempt.user?.passwordHash.map { try PasswordHash(encoded: $0) }
            let isRight = try await verifier.verify(password, against: hash)
            return Checked(attempt: attempt, refusal: isRight ? nil : Self.wrongPassword)
        case .programmaticAccessToken:
            return Checked(attempt: attempt, refusal: "Access tokens are not offered by this server.")
        case .keyPairJWT: return Checked(attempt: attempt, refusal: "Key-pair login is not offered by this server.")
        case .oauth: return Checked(attempt: attempt, refusal: "OAuth login is not offered by this server.")
        }
    }

    /// Ends a login: notes it, or counts the failure. Blocks.
    ///
    /// The check may have taken a while: who was dropped or disabled meanwhile, or got another password, is refused.
    ///
    /// - Throws: errors of the catalog; a refusal is no error but an ``Outcome``.
    package func conclude(_ login: Checked) throws -> Outcome {
        let attempt = login.attempt
        let key = String(attempt.name.prefix(Identifier.maximumLength)).uppercased()
        if let refusal = login.refusal { return refused(key, refusal) }
        guard let user = try account(attempt.name), user.object.id == attempt.user?.object.id,
            user.passwordHash == attempt.user?.passwordHash, !user.isDisabled
        else { return refused(key, Self.wrongPassword) }
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
        guard !name.isEmpty, name.count <= Identifier.maximumLength, !name.unicodeScalars.contains("\0") else {
            return nil
        }
        return try catalog.read { reader in
            try reader.userAccount(Identifier(resolved: name.uppercased()))
                ?? reader.userAccount(Identifier(resolved: name))
        }
    }
}
