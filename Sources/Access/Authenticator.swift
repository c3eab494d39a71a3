import Foundation
package import Store
package import Types

/// What a caller shows to say who it is. Each door reads it from its own protocol.
package enum Credential: Sendable {
    case password(String)
    /// What ``Authenticator/Outcome/mustChangePassword(_:ticket:)`` gave: in place of the password.
    case passwordChangeTicket(String)
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
/// What is no password is checked in the last step. Thread-safe.
/// ```
/// let attempt = try authenticator.attempt("alice", .password("…"))
/// let checked = try await authenticator.check(attempt)
/// switch try authenticator.conclude(checked) {
/// case .welcome(let login): …
/// case .mustChangePassword(let user, let ticket): …
/// case .refused(let error, let delay): try await Task.sleep(for: delay); throw error
/// }
/// ```
package final class Authenticator: Sendable {
    package enum Outcome: Sendable {
        /// Who it is, and what bounds the session.
        case welcome(Admission)
        /// The password is right, and good for nothing but to choose another. The ticket stands for it in the next
        /// login.
        case mustChangePassword(UserRow, ticket: String)
        /// The answer, and how long the door holds it back, so that guessing is slow. The same for an unknown user,
        /// a wrong credential and a user who may not log in.
        case refused(RegistryError, after: Duration)
    }

    /// A login whose credential is not checked yet.
    package struct Attempt: Sendable {
        fileprivate let name: String
        fileprivate let credential: Credential
        fileprivate let user: UserRow?
    }

    /// A login whose credential is checked, where that takes long.
    package struct Checked: Sendable {
        fileprivate let attempt: Attempt
        fileprivate let isRight: Bool
    }

    private let catalog: CatalogStore
    private let issuer: OAuthIssuer?
    private let verifier: PasswordVerifier
    private let throttle: LoginThrottle
    private let tickets: PasswordChangeTickets
    private let time: TimeSource
    private static let lastLoginGrainMilliseconds: Int64 = 60_000

    /// - Parameters:
    ///   - issuer: whose OAuth tokens are accepted; nil for nobody's.
    ///   - cost: what a guess at an unknown user costs; give the one that ``Accounts`` hashes with.
    ///   - hashing: where passwords are hashed.
    package init(
        catalog: CatalogStore, issuer: OAuthIssuer? = nil, cost: PasswordHash.Cost = .standard,
        hashing: HashingQueue = HashingQueue(), time: TimeSource = .wall
    ) {
        self.catalog = catalog
        self.issuer = issuer
        self.time = time
        verifier = PasswordVerifier(cost: cost, hashing: hashing, time: time)
        throttle = LoginThrottle(time: time)
        tickets = PasswordChangeTickets(time: time)
    }

    /// Begins a login: looks the user up. Blocks.
    ///
    /// - Parameter name: the login name as the caller typed it: compared in upper case first, then as it is. It may be
    ///   empty only where the credential names the user itself.
    package func attempt(_ name: String, _ credential: Credential) throws -> Attempt {
        guard case .password(let password) = credential, !AccessTokenSecret.isLike(password) else {
            return Attempt(name: name, credential: credential, user: nil)
        }
        return Attempt(name: name, credential: credential, user: try catalog.read { try account(name, in: $0) })
    }

    /// Checks a password. Does not block.
    ///
    /// - Throws: `unavailable` when too many logins are being checked; `corrupt` for a stored hash that can't be read.
    package func check(_ attempt: Attempt) async throws -> Checked {
        guard case .password(let password) = attempt.credential, !AccessTokenSecret.isLike(password) else {
            return Checked(attempt: attempt, isRight: true)
        }
        let user = attempt.user?.type == .service ? nil : attempt.user
        let hash = try user?.passwordHash.map { try PasswordHash(encoded: $0) }
        return Checked(attempt: attempt, isRight: try await verifier.verify(password, against: hash))
    }

    /// Ends a login: notes it, or counts the failure. Blocks.
    ///
    /// The check may have taken a while: who was dropped or disabled meanwhile, or got another password, is refused.
    ///
    /// - Throws: errors of the catalog; a refusal is no error but an ``Outcome``.
    package func conclude(_ login: Checked) throws -> Outcome {
        let attempt = login.attempt
        let now = time.now()
        var key = attempt.name
        let found: (login: Admission?, refusal: RegistryError)
        switch attempt.credential {
        case .password(let secret) where AccessTokenSecret.isLike(secret):
            found = (try tokenLogin(secret, name: attempt.name, at: now), LoginRefusal.password.error)
        case .password:
            guard let user = try passwordLogin(login, at: now) else {
                return refused("password", key, LoginRefusal.password.error)
            }
            throttle.succeeded(Self.key("password", key))
            if user.mustChangePassword { return .mustChangePassword(user, ticket: tickets.issue(to: user)) }
            found = (Admission(user), LoginRefusal.password.error)
        case .passwordChangeTicket(let text):
            guard let user = try ticketHolder(text, at: now) else {
                return refused("password", key, LoginRefusal.password.error)
            }
            return .mustChangePassword(user, ticket: tickets.issue(to: user))
        case .programmaticAccessToken(let secret):
            found = (try tokenLogin(secret, name: attempt.name, at: now), LoginRefusal.token.error)
        case .keyPairJWT(let text):
            let checked = try keyPairLogin(text, name: attempt.name, at: now)
            found = (checked.login, checked.refusal.error)
            key = checked.name
        case .oauth(let text):
            let checked = try oauthLogin(text, name: attempt.name, at: now)
            found = (checked.login, checked.refusal.error)
        }
        guard let admission = found.login else { return refused(attempt.credential.word, key, found.refusal) }
        throttle.succeeded(Self.key(attempt.credential.word, key))
        try noteLogin(admission.user, at: now)
        return .welcome(admission)
    }

    /// Notes a login that went through a change of the password.
    package func welcome(_ user: UserRow) throws -> Admission {
        try noteLogin(user, at: time.now())
        return Admission(user)
    }

    // MARK: Kinds of credentials

    private func passwordLogin(_ login: Checked, at now: Int64) throws -> UserRow? {
        let attempt = login.attempt
        guard login.isRight, let user = try catalog.read({ try account(attempt.name, in: $0) }),
            user.object.id == attempt.user?.object.id, user.passwordHash == attempt.user?.passwordHash,
            user.type != .service, user.mayLogIn(at: now)
        else { return nil }
        return user
    }

    private func ticketHolder(_ text: String, at now: Int64) throws -> UserRow? {
        guard let ticket = tickets.redeem(text), let user = try catalog.read({ try $0.userAccount(id: ticket.userID) }),
            user.passwordHash == ticket.passwordHash, user.mustChangePassword, user.mayLogIn(at: now)
        else { return nil }
        return user
    }

    /// - Parameter name: `""` where the caller leaves it to the token.
    private func tokenLogin(_ secret: String, name: String, at now: Int64) throws -> Admission? {
        try catalog.read { reader in
            guard let token = try reader.accessToken(secretHash: AccessTokenSecret.hash(secret)), !token.isDisabled,
                token.expiresOn > now, let user = try reader.userAccount(id: token.userID), user.mayLogIn(at: now),
                try name.isEmpty || account(name, in: reader)?.object.id == user.object.id
            else { return nil }
            // A token for a role that was dropped is good for no other.
            guard token.roleID == nil || token.role != nil else { return nil }
            return Admission(
                user, roles: token.role.map { .only([$0]) } ?? .any, tokenID: token.id, isByToken: true,
                expiresOn: token.expiresOn)
        }
    }

    /// Source: https://docs.snowflake.com/en/user-guide/key-pair-auth and SNOWFLAKE.md §11.
    private func keyPairLogin(
        _ text: String, name: String, at now: Int64
    ) throws -> (login: Admission?, refusal: LoginRefusal, name: String) {
        let token: JSONWebToken
        let issuer: KeyPairIssuer
        do throws(JSONWebToken.Flaw) {
            token = try JSONWebToken(text)
            issuer = try KeyPairIssuer(token.claims)
            try token.checkTimes(at: now, longest: KeyPairIssuer.longestMilliseconds)
        } catch {
            return (nil, .keyPair(error), name)
        }
        let login = try catalog.read { reader -> Admission? in
            guard let user = try account(issuer.user, in: reader), user.mayLogIn(at: now),
                try name.isEmpty || account(name, in: reader)?.object.id == user.object.id,
                let row = try reader.userKeys(of: user.object.id).first(where: { $0.fingerprint == issuer.fingerprint }
                ),
                token.isSigned(by: try PublicKey(pemBody: row.der))
            else { return nil }
            return Admission(user)
        }
        return (login, .keyPair(nil), issuer.user)
    }

    private func oauthLogin(
        _ text: String, name: String, at now: Int64
    ) throws -> (login: Admission?, refusal: LoginRefusal) {
        guard let issuer else { return (nil, .oauthNotOffered) }
        let grant: OAuthIssuer.Grant
        do {
            grant = try issuer.grant(of: text, at: now)
        } catch let refusal as OAuthIssuer.Refusal {
            return (nil, refusal == .expired ? .oauthExpired : .oauth)
        }
        let login = try catalog.read { reader -> Admission? in
            guard let user = try account(grant.user, in: reader), user.mayLogIn(at: now),
                try name.isEmpty || account(name, in: reader)?.object.id == user.object.id
            else { return nil }
            return Admission(user, roles: grant.roles, isByToken: true)
        }
        return (login, .oauth)
    }

    // MARK: Parts

    private func noteLogin(_ user: UserRow, at now: Int64) throws {
        guard now - (user.lastLoginOn ?? 0) >= Self.lastLoginGrainMilliseconds else { return }
        try catalog.write { try $0.setLastLogin(user.object.id, now: now) }
    }

    private func refused(_ kind: String, _ name: String, _ error: RegistryError) -> Outcome {
        .refused(error, after: throttle.failed(Self.key(kind, name)))
    }

    /// What failures are counted under: a login of one kind does not forgive guesses at another.
    private static func key(_ kind: String, _ name: String) -> String {
        "\(kind):\(name.prefix(Identifier.maximumLength).uppercased())"
    }

    private func account(_ name: String, in reader: CatalogReader) throws -> UserRow? {
        guard !name.isEmpty, name.count <= Identifier.maximumLength, !name.unicodeScalars.contains("\0") else {
            return nil
        }
        return try reader.userAccount(loginName: name.uppercased()) ?? reader.userAccount(loginName: name)
    }
}

extension Credential {
    fileprivate var word: String {
        switch self {
        case .password, .passwordChangeTicket: "password"
        case .programmaticAccessToken: "token"
        case .keyPairJWT: "key pair"
        case .oauth: "oauth"
        }
    }
}

/// Who a key pair's token says it is from: `ACCOUNT.USER.SHA256:<fingerprint of the public key>`.
///
/// The account is not looked at: there is one. A user's name may have dots.
private struct KeyPairIssuer {
    /// Longest that a token counts after it was issued.
    static let longestMilliseconds: Int64 = 3_600_000

    let user: String
    let fingerprint: String

    init(_ claims: [String: JSONValue]) throws(JSONWebToken.Flaw) {
        guard let issuer = claims["iss"]?.text, let subject = claims["sub"]?.text,
            let mark = issuer.range(of: ".SHA256:", options: .backwards), issuer[..<mark.lowerBound] == subject,
            let dot = subject.firstIndex(of: ".")
        else { throw .format }
        user = String(subject[subject.index(after: dot)...])
        fingerprint = String(issuer[mark.upperBound...])
    }
}
