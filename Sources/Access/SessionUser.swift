package import Types

/// Who logged in to a session: the user's id, and the name that it had then.
///
/// The id tells a user from another one who got the same name later.
package struct SessionUser: Hashable, Sendable {
    package let id: Int64
    package let name: Identifier

    package init(id: Int64, name: Identifier) {
        self.id = id
        self.name = name
    }
}
