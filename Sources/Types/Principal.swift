/// Who acts: a user, in a role. Every statement and route carries one to the authorisation point.
public struct Principal: Hashable, Sendable {
    /// The user's resolved name.
    public let user: Identifier
    /// The active role, resolved: it owns what is made, and only it counts for making something.
    public let role: Identifier
    /// The roles whose privileges count beside the active one's.
    package let secondaryRoles: SecondaryRoles
    /// Whether a token that was issued for programs opened the session: its user's own credentials can't be changed
    /// then, or a leaked token could outlive its end.
    package let isByToken: Bool

    /// - Parameters: as the properties.
    public init(user: Identifier, role: Identifier) {
        self.init(user: user, role: role, secondaryRoles: .none)
    }

    /// - Parameters: as the properties.
    package init(user: Identifier, role: Identifier, secondaryRoles: SecondaryRoles, isByToken: Bool = false) {
        self.user = user
        self.role = role
        self.secondaryRoles = secondaryRoles
        self.isByToken = isByToken
    }
}

/// Which roles count beside the active one: `USE SECONDARY ROLES …`.
package enum SecondaryRoles: Hashable, Sendable {
    case none
    /// Every role that is granted to the user at the moment.
    case all
    /// These, as long as they are granted to the user.
    case some(Set<Identifier>)
}
