package import Types

/// `GRANT privileges ON … TO ROLE r` or `REVOKE privileges ON … FROM ROLE r`.
package struct GrantStatement: Sendable {
    /// Upper case, single spaces: `USAGE`, `CREATE MODEL`, `OWNERSHIP`, `ALL` (for ALL [PRIVILEGES]).
    package var privileges: [String]
    package var target: GrantTarget
    package var grantee: Identifier
    /// Whether the grantee is a user rather than a role.
    package var granteeIsUser = false
    package var withGrantOption = false
    /// For REVOKE GRANT OPTION FOR.
    package var grantOptionOnly = false
    /// What becomes of the other grants when OWNERSHIP moves.
    package var currentGrants: CurrentGrants?
    package var position: RegistryError.Position

    package enum CurrentGrants: Sendable {
        case copy
        case revoke
    }
}

/// On what a privilege is granted.
package enum GrantTarget: Sendable {
    case object(ObjectKind, ObjectReference)
    case account
    /// `ON ALL MODELS IN SCHEMA s`: the container's kind is schema or database.
    case all(ObjectKind, in: ObjectKind, ObjectReference)
    case future(ObjectKind, in: ObjectKind, ObjectReference)
}

/// `GRANT ROLE r TO ROLE|USER x` or `REVOKE ROLE r FROM ROLE|USER x`.
package struct GrantRole: Sendable {
    package let role: Identifier
    package let grantee: Identifier
    package let granteeIsUser: Bool
}
