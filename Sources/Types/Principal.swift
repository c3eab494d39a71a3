/// Who acts: a user, in a role. Every statement and route carries one to the authorisation point.
public struct Principal: Hashable, Sendable {
    /// The user's resolved name.
    public let user: Identifier
    /// The active role, resolved.
    public let role: Identifier

    /// - Parameters: as the properties.
    public init(user: Identifier, role: Identifier) {
        self.user = user
        self.role = role
    }
}
