package import Store
package import Types

extension Accounts {
    /// Makes a user, owned by the active role. A user without a password can't log in with one.
    ///
    /// - Parameters:
    ///   - ifNotExists: whether a user who exists is left as it is.
    ///   - orReplace: whether a user who exists is dropped first.
    /// - Returns: false where the user exists and `ifNotExists` is true; then nothing changes.
    /// - Throws: `permissionDenied` without CREATE USER; `alreadyExists`; `invalidArgument` for a short password;
    ///   `notFound` for an unknown default role; with `orReplace` what ``dropUser(_:ifExists:as:)`` throws.
    @discardableResult
    package func createUser(
        _ name: Identifier, _ properties: UserProperties = UserProperties(), ifNotExists: Bool = false,
        orReplace: Bool = false, as principal: Principal
    ) throws -> Bool {
        try catalog.read { try access.require(.createUser, on: .account, as: principal, in: $0) }
        let hash = try passwordHash(properties)
        var isNew = true
        try changeUser { tx, now in
            try access.require(.createUser, on: .account, as: principal, in: tx)
            let present = try tx.userAccount(name)
            if ifNotExists, present != nil {
                isNew = false
                return nil
            }
            if orReplace, let present { try drop(present, as: principal, in: tx, now: now) }
            let owner = try access.viewer(principal, in: tx).roleID
            let id = try tx.createObject(
                .user, name, in: ObjectRef.account.id, ownerRoleID: owner, comment: properties.comment ?? "", now: now)
            try tx.insertUserAccount(id)
            let made = try user(name, in: tx)
            try apply(properties, hash, to: made, principal, in: tx, now: now)
            try requireLoginName(of: id, in: tx)
            if orReplace { try requireAdministrator(in: tx) }
            try tx.audit(
                AuditEntry(principal, Action.createUser.rawValue, try tx.reference(made.object), to: properties.named),
                now: now)
            return present?.object.id
        }
        return isNew
    }

    /// Changes a user. Users may give themselves a new password, public keys and defaults, but for sessions that a token
    /// opened: these change no credentials of their own user. Sessions of a user who is disabled or expired can do
    /// nothing more.
    ///
    /// - Throws: `notFound`, `permissionDenied`, `invalidArgument`; `failedPrecondition` where the last enabled
    ///   administrator would be disabled.
    package func alterUser(_ name: Identifier, _ properties: UserProperties, as principal: Principal) throws {
        _ = try catalog.read { try requireAltering(name, properties, principal, in: $0) }
        let hash = try passwordHash(properties)
        try changeUser { tx, now in
            let user = try requireAltering(name, properties, principal, in: tx)
            try apply(properties, hash, to: user, principal, in: tx, now: now)
            if properties.endsSessions { try requireAdministrator(in: tx) }
            let named = properties.named
            try tx.audit(
                AuditEntry(
                    principal, Action.alterUser.rawValue, try tx.reference(user.object),
                    from: UserProperties.named(of: user).filter { named[$0.key] != nil }, to: named), now: now)
            return user.object.id
        }
    }

    /// Renames a user; grants stay. Sessions under the old name can do nothing more.
    package func renameUser(_ name: Identifier, to newName: Identifier, as principal: Principal) throws {
        try changeUser { tx, now in
            let user = try user(name, in: tx)
            let object = try tx.reference(user.object)
            try access.require(.alterUser, on: object, as: principal, in: tx)
            try tx.renameObject(user.object, to: newName, in: ObjectRef.account.id, now: now)
            try requireLoginName(of: object.id, in: tx)
            try tx.audit(
                AuditEntry(
                    principal, Action.alterUser.rawValue, object, from: ["name": name.name],
                    to: ["name": newName.name]), now: now)
            return object.id
        }
    }

    /// Drops a user with all roles granted to it. Sessions of the user can do nothing more.
    ///
    /// - Returns: false where there is no such user and `ifExists` is true.
    /// - Throws: `failedPrecondition` for oneself and for the last administrator.
    @discardableResult
    package func dropUser(_ name: Identifier, ifExists: Bool = false, as principal: Principal) throws -> Bool {
        try changeUser { tx, now in
            guard let user = try tx.userAccount(name) else {
                if ifExists { return nil }
                throw RegistryError.missing(ObjectKind.user.word, name.description)
            }
            try drop(user, as: principal, in: tx, now: now)
            try requireAdministrator(in: tx)
            return user.object.id
        }
    }

    private func drop(
        _ user: UserRow, as principal: Principal, in tx: CatalogTransaction, now: Int64
    ) throws {
        let object = try tx.reference(user.object)
        try access.require(.dropUser, on: object, as: principal, in: tx)
        guard user.name != principal.user else {
            throw RegistryError(.failedPrecondition, "A user can't drop itself.")
        }
        try tx.deleteGrants(ofDropped: object.id)
        try tx.deleteCredentials(ofUser: object.id)
        try tx.dropObject(object.id, now: now)
        try tx.audit(AuditEntry(principal, Action.dropUser.rawValue, object), now: now)
    }

    /// The users that the role may see, by name: itself, those it owns, all with MANAGE GRANTS.
    package func users(as principal: Principal) throws -> [UserRow] {
        try catalog.read { reader in
            try access.visible(try reader.userAccounts(), as: principal, in: reader) { $0.object }
        }
    }

    /// What DESCRIBE USER tells of a user beside its row.
    package struct UserDescription: Sendable {
        package let user: UserRow
        package let keys: [UserKeyRow]
    }

    /// DESCRIBE USER.
    ///
    /// - Throws: `notFound` for a user that the principal may not see.
    package func describeUser(_ name: Identifier, as principal: Principal) throws -> UserDescription {
        try catalog.read { reader in
            let user = try user(name, in: reader)
            try access.require(.describeUser, on: try reader.reference(user.object), as: principal, in: reader)
            return UserDescription(user: user, keys: try reader.userKeys(of: user.object.id))
        }
    }

    /// The ids of users who have public keys, and of those who have access tokens that are not over.
    package func usersWithCredentials() throws -> (keys: Set<Int64>, tokens: Set<Int64>) {
        try catalog.read { (try $0.usersWithKeys(), try $0.usersWithAccessTokens(now: time.now())) }
    }

    /// Gives a user who must change its password the one that it chose while logging in. The caller has checked the
    /// present one.
    ///
    /// - Throws: `invalidArgument` when the password is too short, or is the present one.
    package func replacePassword(of user: UserRow, with password: String) throws {
        try Self.checkLength(password)
        if let present = user.passwordHash, try PasswordHash(encoded: present).matches(password) {
            throw RegistryError(.invalidArgument, "The new password is the present one.", hint: "Choose another one.")
        }
        let hash = try PasswordHash(of: password, cost: cost)
        try change { tx, now in
            guard let row = try tx.userAccount(id: user.object.id), row.passwordHash == user.passwordHash else {
                throw RegistryError(.conflict, "The password was changed meanwhile.", hint: "Log in again.")
            }
            try tx.setPasswordHash(row.object.id, hash.encoded, mustChange: false, now: now)
            let principal = Principal(user: row.name, role: SystemRole.public.name)
            try tx.audit(
                AuditEntry(
                    principal, Action.alterUser.rawValue, try tx.reference(row.object), to: ["password": "set"]),
                now: now)
        }
    }

    private func requireAltering(
        _ name: Identifier, _ properties: UserProperties, _ principal: Principal, in reader: CatalogReader
    ) throws -> UserRow {
        let user = try user(name, in: reader)
        if name == principal.user {
            _ = try access.viewer(principal, in: reader)
            if properties.hasCredentials { try requireOwnCredentials(principal) }
            if properties.areOwn { return user }
        }
        let object = try reader.reference(user.object)
        if properties.areKeysOnly {
            try access.require(.modifyAuthentication, on: object, as: principal, in: reader)
        } else {
            try access.require(.alterUser, on: object, as: principal, in: reader)
        }
        return user
    }

    /// Throws in a session that a token opened: who has the token only may not make more of it.
    func requireOwnCredentials(_ principal: Principal) throws {
        guard principal.isByToken else { return }
        throw RegistryError(
            .permissionDenied, "A session that was opened with a token can't change its own user's credentials.",
            hint: "Log in with the password or a key pair.")
    }

    private func passwordHash(_ properties: UserProperties) throws -> PasswordHash? {
        guard let password = properties.password ?? nil else { return nil }
        try Self.checkLength(password)
        return try PasswordHash(of: password, cost: cost)
    }

    private func apply(
        _ properties: UserProperties, _ hash: PasswordHash?, to user: UserRow, _ principal: Principal,
        in tx: CatalogTransaction, now: Int64
    ) throws {
        let id = user.object.id
        try properties.check(for: properties.type ?? user.type, user.name)
        if let type = properties.type { try tx.setUserType(id, type) }
        if properties.password != nil {
            try tx.setPasswordHash(id, hash?.encoded, mustChange: properties.mustChangePassword ?? false, now: now)
        } else if let mustChange = properties.mustChangePassword {
            try tx.setMustChangePassword(id, mustChange)
        }
        if let loginName = properties.loginName { try setLoginName(loginName, of: user, in: tx) }
        if let defaultRole = properties.defaultRole {
            try tx.setDefaultRole(id, roleID: try defaultRole.map { try usualRole($0, of: user, principal, in: tx) })
        }
        if properties.defaultWarehouse != nil || properties.defaultNamespace != nil {
            try tx.setUserDefaults(
                id, warehouse: properties.defaultWarehouse ?? user.defaultWarehouse,
                namespace: properties.defaultNamespace ?? user.defaultNamespace)
        }
        if let all = properties.defaultsToAllSecondaryRoles { try tx.setDefaultsToAllSecondaryRoles(id, all) }
        try tx.setUserNames(
            id, displayName: properties.displayName ?? user.displayName, first: properties.firstName ?? user.firstName,
            middle: properties.middleName ?? user.middleName, last: properties.lastName ?? user.lastName,
            email: properties.email ?? user.email)
        if let disabled = properties.isDisabled { try tx.setDisabled(id, disabled) }
        if let days = properties.daysToExpiry { try tx.setUserExpiry(id, on: days.map { now + $0 * 86_400_000 }) }
        if let minutes = properties.minsToUnlock {
            try tx.setUserLock(id, until: minutes.flatMap { $0 > 0 ? now + $0 * 60_000 : nil })
        }
        for (slot, key) in properties.publicKeys {
            if let key {
                try tx.setUserKey(id, slot: slot, der: key.pemBody, fingerprint: key.fingerprint, now: now)
            } else {
                try tx.deleteUserKey(id, slot: slot)
            }
        }
        if let comment = properties.comment { try tx.setComment(id, comment, now: now) }
    }

    /// The id of a role that may become a user's default: one that the principal sees or the user holds.
    private func usualRole(
        _ name: Identifier, of user: UserRow, _ principal: Principal, in tx: CatalogTransaction
    ) throws -> Int64 {
        var viewer = try access.viewer(principal, in: tx)
        if let role = try tx.accountObject(.role, name), try viewer.sees(role, in: tx) { return role.id }
        return try requireHeld(name, by: user, in: tx)
    }

    /// - Throws: `alreadyExists` where another user logs in with the name.
    private func setLoginName(_ name: String, of user: UserRow, in tx: CatalogTransaction) throws {
        let upper = name.uppercased()
        try tx.setLoginName(user.object.id, upper.isEmpty ? nil : upper)
        try requireLoginName(of: user.object.id, in: tx)
    }

    /// - Throws: `alreadyExists` where another user logs in with the user's login name.
    private func requireLoginName(of id: Int64, in tx: CatalogTransaction) throws {
        let users = try tx.userAccounts()
        guard let name = users.first(where: { $0.object.id == id })?.loginName else { return }
        guard users.contains(where: { $0.object.id != id && $0.loginName == name }) else { return }
        throw RegistryError(.alreadyExists, "The login name '\(name)' is taken.", hint: "Choose another LOGIN_NAME.")
    }
}
