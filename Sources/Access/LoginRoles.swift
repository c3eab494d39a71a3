package import Store
package import Types

/// The roles that a session may act in, as what it logged in with says.
package enum LoginRoles: Hashable, Sendable {
    /// Any that its user holds.
    case any
    /// These, as far as its user holds them, without secondary roles.
    case only(Set<Identifier>)
    /// The user's default role, without secondary roles.
    case defaultOnly
}

/// A login that was let in: who it is, and what bounds the session.
package struct Admission: Sendable {
    /// The user, enabled.
    package let user: UserRow
    package let roles: LoginRoles
    /// The access token that was shown, nil for other credentials.
    package let tokenID: Int64?
    /// Whether a token for programs was shown, of this server or of the OAuth issuer.
    package let isByToken: Bool
    /// The moment at which the session ends whatever happens, in milliseconds since 1970; nil for none.
    package let expiresOn: Int64?

    init(
        _ user: UserRow, roles: LoginRoles = .any, tokenID: Int64? = nil, isByToken: Bool = false,
        expiresOn: Int64? = nil
    ) {
        self.user = user
        self.roles = roles
        self.tokenID = tokenID
        self.isByToken = isByToken
        self.expiresOn = [user.expiresOn, expiresOn].compactMap { $0 }.min()
    }

    /// Who the session belongs to.
    package var sessionUser: SessionUser {
        SessionUser(id: user.object.id, name: user.object.name, tokenID: tokenID, expiresOn: expiresOn)
    }
}

extension Accounts {
    /// The roles that a login begins with.
    package struct Entry: Sendable {
        package let principal: Principal
        /// The roles that the session may act in, nil for all that its user holds at the moment.
        package let confinedTo: Set<Identifier>?
    }

    /// The roles in which a login begins.
    ///
    /// - Parameters:
    ///   - role: the role that the client asks for, nil for the user's default.
    ///   - secondary: the secondary roles that the client asks for, nil for the user's default.
    /// - Throws: `notFound` for a role that the user does not hold, or that the login does not include.
    package func entry(
        of login: Admission, role: Identifier? = nil, secondary: SecondaryRoles? = nil
    ) throws -> Entry {
        let user = login.user.name
        func confined(_ role: Identifier?, to roles: Set<Identifier>) throws -> Entry {
            let found = try principal(user, role: role)
            guard roles.contains(found.role) else {
                throw RegistryError.missing(ObjectKind.role.word, found.role.description)
            }
            return Entry(
                principal: Principal(
                    user: user, role: found.role, secondaryRoles: .none, isByToken: login.isByToken),
                confinedTo: roles)
        }
        switch login.roles {
        case .any:
            let found = try principal(user, role: role)
            let secondary = secondary ?? (login.user.defaultsToAllSecondaryRoles ? .all : .none)
            return Entry(
                principal: Principal(
                    user: user, role: found.role, secondaryRoles: secondary, isByToken: login.isByToken),
                confinedTo: nil)
        case .only(let roles):
            if let role { return try confined(role, to: roles) }
            if let role = login.user.defaultRole, roles.contains(role) { return try confined(role, to: roles) }
            let held = Set(try availableRoles(user))
            let named = roles.sorted { $0.name < $1.name }
            return try confined(named.first(where: held.contains) ?? named.first, to: roles)
        case .defaultOnly:
            let usual = try principal(user)
            return try confined(role ?? usual.role, to: [usual.role])
        }
    }
}
