import Store
import Types

/// Everything that acting as one user in one role allows, but ownership, which the objects tell.
///
/// A snapshot of the grants under one generation of the catalog (``AccessGeneration``); a plain value.
struct RoleRights: Sendable {
    /// The active role.
    let roleID: Int64
    let userID: Int64
    /// The active role, PUBLIC, and every role granted to them, directly or through others.
    let roleIDs: Set<Int64>
    /// Every role that the user may take on, with what those inherit.
    let heldRoleIDs: Set<Int64>
    /// What these roles are granted, by object id.
    let granted: [Int64: PrivilegeSet]

    func owns(_ ownerRoleID: Int64?) -> Bool { ownerRoleID.map(roleIDs.contains) ?? false }

    func has(_ privileges: PrivilegeSet, on id: Int64) -> Bool {
        granted[id].map { !$0.isDisjoint(with: privileges) } ?? false
    }

    /// Whether the roles may give and take any grant, and therefore see everything.
    var managesGrants: Bool { has(PrivilegeSet(.manageGrants), on: ObjectRef.account.id) }

    /// Reads the rights from the catalog. O(roles + grants of the effective roles).
    ///
    /// - Throws: `permissionDenied` when the user is gone or disabled, the role is gone, or the user does not hold it.
    init(of principal: Principal, in reader: CatalogReader) throws {
        let user = principal.isOwner ? nil : try reader.userAccount(principal.user)
        guard principal.isOwner || user?.isDisabled == false else {
            throw RegistryError(.permissionDenied, "User '\(principal.user)' is disabled or does not exist.")
        }
        let refused = RegistryError(
            .permissionDenied, "User '\(principal.user)' can't act in role '\(principal.role)'.",
            hint: "USE ROLE with a role that is granted to the user.")
        guard let role = try reader.accountObject(.role, principal.role) else { throw refused }
        let publicRole = try reader.accountObject(.role, SystemRole.public.name)?.id
        let graph = try RoleGraph(reader)
        let everybody = [publicRole].compactMap { $0 }
        let direct = try user.map { try reader.rolesGranted(to: $0.object.id) } ?? [role.id]
        heldRoleIDs = graph.reachable(from: direct + everybody)
        guard heldRoleIDs.contains(role.id) else { throw refused }
        roleID = role.id
        userID = user?.object.id ?? Principal.nobody
        roleIDs = graph.reachable(from: [role.id] + everybody)
        var granted: [Int64: PrivilegeSet] = [:]
        for id in roleIDs {
            for (object, privilege) in try reader.privileges(grantedTo: id) {
                granted[object, default: []].insert(PrivilegeSet(privilege))
            }
        }
        self.granted = granted
    }
}
