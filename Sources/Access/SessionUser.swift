package import Types

/// Who logged in to a session: the user's id, and the name that it had then.
///
/// The id tells a user from another one who got the same name later.
package struct SessionUser: Hashable, Sendable {
    package let id: Int64
    package let name: Identifier
    /// The access token that was shown, nil for other credentials.
    package let tokenID: Int64?
    /// The moment at which the session ends, in milliseconds since 1970; nil for none.
    package let expiresOn: Int64?

    package init(id: Int64, name: Identifier, tokenID: Int64? = nil, expiresOn: Int64? = nil) {
        self.id = id
        self.name = name
        self.tokenID = tokenID
        self.expiresOn = expiresOn
    }
}
