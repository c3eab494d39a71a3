import Store
import Types

/// Everything that acting as one user in one role, with some roles beside it, allows, but ownership, which the objects
/// tell.
///
/// A snapshot of the grants under one generation of the catalog (``AccessGeneration``); a plain value.
struct RoleRights: Sendable {
    /// The active role.
    let roleID: Int64
    let userID: Int64
    /// The active role, the secondary ones, PUBLIC, and every role granted to them, directly or through others.
    let roleIDs: Set<Int64>
    /// Every role that the user may take on, with what those inherit.
    let heldRoleIDs: Set<Int64>
    /// What these roles are granted, by object id.
    let granted: [Int64: PrivilegeSet]
    /// The active role, PUBLIC and what they inherit, where there are secondary roles; nil where that is all.
    private let activeRoleIDs: Set<Int64>?
    private let activeGranted: [Int64: PrivilegeSet]

    func owns(_ ownerRoleID: Int64?) -> Bool { ownerRoleID.map(roleIDs.contains) ?? false }

    func has(_ privileges: PrivilegeSet, on id: Int64) -> Bool {
        granted[id].map { !$0.isDisjoint(with: privileges) } ?? false
    }

    /// Whether the roles may give and take any grant, and therefore see everything.
    var managesGrants: Bool { has(PrivilegeSet(.manageGrants), on: ObjectRef.account.id) }

    /// The rights without those of secondary roles; nil where there are none.
    var withoutSecondary: RoleRights? {
        activeRoleIDs.map {
            RoleRights(
                roleID: roleID, userID: userID, roleIDs: $0, heldRoleIDs: heldRoleIDs, granted: activeGranted)
        }
    }

    private init(
        roleID: Int64, userID: Int64, roleIDs: Set<Int64>, heldRoleIDs: Set<Int64>, granted: [Int64: PrivilegeSet]
    ) {
        self.roleID = roleID
        self.userID = userID
        self.roleIDs = roleIDs
        self.heldRoleIDs = heldRoleIDs
        self.granted = granted
        activeRoleIDs = nil
        activeGranted = [:]
    }

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
        let held = graph.reachable(from: direct + everybody)
        guard held.contains(role.id) else { throw refused }
        heldRoleIDs = held
        roleID = role.id
        userID = user?.object.id ?? Principal.nobody
        let active = graph.reachable(from: [role.id] + everybody)
        let beside: [Int64]
        switch principal.secondaryRoles {
        case .none: beside = []
        case .all: beside = Array(held)
        case .some(let names):
            // One that was dropped or taken away meanwhile counts no more.
            beside = try names.compactMap { try reader.accountObject(.role, $0)?.id }.filter(held.contains)
        }
        roleIDs = active.union(graph.reachable(from: beside))
        granted = try Self.granted(to: roleIDs, in: reader)
        if roleIDs == active {
            activeRoleIDs = nil
            activeGranted = [:]
        } else {
            activeRoleIDs = active
            activeGranted = try Self.granted(to: active, in: reader)
        }
    }

    private static func granted(to roles: Set<Int64>, in reader: CatalogReader) throws -> [Int64: PrivilegeSet] {
        var granted: [Int64: PrivilegeSet] = [:]
        for (object, privilege) in try reader.privileges(grantedTo: Array(roles)) {
            granted[object, default: []].insert(PrivilegeSet(privilege))
        }
        return granted
    }
}
