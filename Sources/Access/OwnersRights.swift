package import Types

extension Principal {
    /// A role acting for itself: how a view reads what its owner may read, whoever asks. It is no user, holds no other
    /// roles, and can't log in.
    ///
    /// - Parameter role: the owner of the object whose definition is run.
    package static func owner(_ role: Identifier) -> Principal {
        Principal(user: Identifier(resolved: ""), role: role)
    }

    /// No user has an empty name.
    var isOwner: Bool { user.name.isEmpty }

    /// The id of no user.
    static let nobody: Int64 = -1
}
