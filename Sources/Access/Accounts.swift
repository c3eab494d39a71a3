package import Store
import Synchronization
package import Types

/// Users, roles and grants: what the statements about them do, and what SHOW tells of them.
///
/// Every change asks ``AccessControl``, and is one catalog transaction with its audit row. Methods block, may be
/// called from any thread, and must not be called inside a catalog closure.
/// ```
/// try accounts.createRole(Identifier(resolved: "ANALYST"), as: session.principal)
/// try accounts.grant(["USAGE"], on: .object(model), to: Identifier(resolved: "ANALYST"), as: session.principal)
/// ```
package final class Accounts: Sendable {
    package let access: AccessControl
    let catalog: CatalogStore
    let time: TimeSource
    let cost: PasswordHash.Cost
    /// What has changed about users and access tokens since this object was made.
    private let standings = Mutex(Standings())
    /// Users in roles that they hold, as of the catalog's ``CatalogStore/accessRenewals``.
    private let admitted = Mutex(Admitted(renewals: -1))

    private struct Admitted {
        let renewals: Int
        var principals: Set<Principal> = []
    }

    private struct Standings {
        /// The name that a user may act under, nil where it may not.
        var users: [Int64: Identifier?] = [:]
        /// The moments at which users end, in milliseconds since 1970.
        var userExpiries: [Int64: Int64] = [:]
        /// The moments at which access tokens end: 0 for those that were removed or disabled.
        var tokenExpiries: [Int64: Int64] = [:]
    }

    /// Held from a change of a user or token to the note of it, so that the last change is the last note.
    private let noting = Mutex(())

    /// - Parameter cost: what hashing a new password costs.
    package init(
        catalog: CatalogStore, access: AccessControl, cost: PasswordHash.Cost = .standard, time: TimeSource = .wall
    ) {
        self.catalog = catalog
        self.access = access
        self.cost = cost
        self.time = time
    }

    /// Who acts when the server itself does: in audit rows only, it holds no rights.
    package static let server = Principal(user: Identifier(resolved: "roost"), role: Identifier(resolved: "roost"))

    /// The user in a role, as statements and routes carry it.
    ///
    /// - Parameter role: nil for the user's default role, or PUBLIC where that is not set or not held any more.
    /// - Throws: `notFound` where the user does not hold the role or there is none; `permissionDenied` where the user
    ///   is gone or disabled.
    package func principal(_ user: Identifier, role: Identifier? = nil) throws -> Principal {
        let renewals = catalog.accessRenewals
        if let role {
            let asked = Principal(user: user, role: role)
            if admitted.withLock({ $0.renewals == renewals && $0.principals.contains(asked) }) { return asked }
        }
        let found = try catalog.read { try principal(user, role: role, in: $0) }
        admitted.withLock { admitted in
            if admitted.renewals != renewals { admitted = Admitted(renewals: renewals) }
            admitted.principals.insert(found)
        }
        return found
    }

    func principal(_ user: Identifier, role: Identifier?, in reader: CatalogReader) throws -> Principal {
        if let role {
            do {
                let asked = Principal(user: user, role: role)
                _ = try access.viewer(asked, in: reader)
                return asked
            } catch let error as RegistryError where error.code == .permissionDenied {
                // Says what is wrong where it is the user and not the role.
                _ = try access.viewer(Principal(user: user, role: SystemRole.public.name), in: reader)
                throw RegistryError.missing(ObjectKind.role.word, role.description)
            }
        }
        if let role = try reader.userAccount(user)?.defaultRole {
            let asked = Principal(user: user, role: role)
            do {
                _ = try access.viewer(asked, in: reader)
                return asked
            } catch let error as RegistryError where error.code == .permissionDenied {}
        }
        let lowest = Principal(user: user, role: SystemRole.public.name)
        _ = try access.viewer(lowest, in: reader)
        return lowest
    }

    /// The roles that the user may act in, by name: those granted, what they inherit, and PUBLIC.
    package func availableRoles(_ user: Identifier) throws -> [Identifier] {
        try catalog.read { reader in
            let viewer = try access.viewer(Principal(user: user, role: SystemRole.public.name), in: reader)
            return try reader.roles().filter { viewer.rights.heldRoleIDs.contains($0.id) }.map(\.name)
        }
    }

    /// The roles whose privileges count for the principal, by name: the active one, the secondary ones, PUBLIC and what
    /// they inherit.
    package func effectiveRoles(_ principal: Principal) throws -> [Identifier] {
        try catalog.read { reader in
            let viewer = try access.viewer(principal, in: reader)
            return try reader.roles().filter { viewer.acts(as: $0.id) }.map(\.name)
        }
    }

    /// The roles that are granted to the user itself, by name.
    package func grantedRoles(_ user: Identifier) throws -> [Identifier] {
        try catalog.read { reader in
            guard let id = try reader.userAccount(user)?.object.id else { return [] }
            return try reader.roleGrants(to: id).map(\.role)
        }
    }

    /// What tells a user from another one who had or gets the same name.
    package struct Account: Hashable, Sendable {
        package let id: Int64
        /// Milliseconds since 1970.
        package let createdOn: Int64
    }

    /// - Throws: `notFound`.
    package func account(of user: Identifier) throws -> Account {
        try catalog.read { reader in
            let row = try self.user(user, in: reader).object
            return Account(id: row.id, createdOn: row.createdOn)
        }
    }

    /// Runs a change of users, roles or grants: one transaction, after which no cached right is used.
    func change<T>(_ body: (CatalogTransaction, Int64) throws -> T) throws -> T {
        try catalog.write { tx in
            let result = try body(tx, time.now())
            try tx.renewAccessGeneration()
            return result
        }
    }

    /// Whether the user who logged in is still there, under that name, enabled and not expired, and so is the access
    /// token that opened the session.
    ///
    /// Looks at memory only, for every request: users change through this object alone, and a login is checked before
    /// its session is asked about. O(1), does not block.
    package func isCurrent(_ user: SessionUser) -> Bool {
        standings.withLock { standings in
            if let standing = standings.users[user.id], standing != user.name { return false }
            let token = user.tokenID.flatMap { standings.tokenExpiries[$0] }
            let ends = [token, user.expiresOn, standings.userExpiries[user.id]].compactMap { $0 }
            guard let end = ends.min() else { return true }
            return end > time.now()
        }
    }

    /// Runs a change of a user, and notes who it is then.
    ///
    /// - Parameter body: gives the user's id, nil where nothing changes.
    /// - Returns: whether something changed.
    @discardableResult
    func changeUser(_ body: (CatalogTransaction, Int64) throws -> Int64?) throws -> Bool {
        try noting.withLock { _ in
            let changed = try change { tx, now -> (id: Int64, user: UserRow?)? in
                try body(tx, now).map { ($0, try tx.userAccount(id: $0)) }
            }
            guard let (id, user) = changed else { return false }
            let isActive = user?.isDisabled == false
            standings.withLock { standings in
                _ = standings.users.updateValue(isActive ? user?.name : nil, forKey: id)
                standings.userExpiries[id] = isActive ? user?.expiresOn : nil
            }
            return true
        }
    }

    /// Runs a change of an access token, and notes when it ends then.
    ///
    /// - Parameter body: gives the token's id, and when it ends in milliseconds since 1970; 0 for one that has ended.
    func changeToken<Value: Sendable>(
        _ body: (CatalogTransaction, Int64) throws -> (id: Int64, endsOn: Int64, value: Value)
    ) throws -> Value {
        try noting.withLock { _ in
            let changed = try change(body)
            standings.withLock { $0.tokenExpiries[changed.id] = changed.endsOn }
            return changed.value
        }
    }

    func role(_ name: Identifier, in reader: CatalogReader) throws -> ObjectRow {
        guard let role = try reader.accountObject(.role, name) else {
            throw RegistryError.missing(ObjectKind.role.word, name.description)
        }
        return role
    }

    func user(_ name: Identifier, in reader: CatalogReader) throws -> UserRow {
        guard let user = try reader.userAccount(name) else {
            throw RegistryError.missing(ObjectKind.user.word, name.description)
        }
        return user
    }

    /// Throws when nobody could administer the server any more.
    func requireAdministrator(in reader: CatalogReader) throws {
        let top = try role(SystemRole.accountAdmin.name, in: reader).id
        let graph = try RoleGraph(reader)
        for user in try reader.userAccounts() where !user.isDisabled && user.expiresOn ?? .max > time.now() {
            if graph.reachable(from: try reader.rolesGranted(to: user.object.id)).contains(top) { return }
        }
        throw RegistryError(
            .failedPrecondition, "This would leave no enabled user with the role ACCOUNTADMIN.",
            hint: "Grant ACCOUNTADMIN to another user first.")
    }
}
