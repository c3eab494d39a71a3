package import Types

/// The roles that every server has, can't be dropped, and form the top and bottom of the hierarchy.
///
/// Source: https://docs.snowflake.com/en/user-guide/security-access-control-overview#system-defined-roles
package enum SystemRole: String, Sendable, CaseIterable {
    case accountAdmin = "ACCOUNTADMIN"
    case securityAdmin = "SECURITYADMIN"
    case userAdmin = "USERADMIN"
    case sysAdmin = "SYSADMIN"
    /// Held by every user, and inherited by every role.
    case `public` = "PUBLIC"

    package var name: Identifier { Identifier(resolved: rawValue) }

    /// The system role that inherits from this one, nil at the top and for PUBLIC, which needs no grant.
    var grantedTo: SystemRole? {
        switch self {
        case .accountAdmin, .public: nil
        case .securityAdmin, .sysAdmin: .accountAdmin
        case .userAdmin: .securityAdmin
        }
    }

    /// What it holds on the account from the start.
    var accountPrivileges: [Privilege] {
        switch self {
        case .accountAdmin: [.monitor, .applyTag]
        case .securityAdmin: [.manageGrants]
        case .userAdmin: [.createUser, .createRole]
        case .sysAdmin: [.createDatabase, .createWarehouse]
        case .public: []
        }
    }
}
