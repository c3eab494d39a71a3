package import Store
package import Types

extension Accounts {
    /// Properties of a user, for CREATE USER and ALTER USER … SET: nil leaves a property as it is.
    package struct UserProperties: Sendable {
        /// The new password; `.some(nil)` takes the password away.
        package var password: String??
        package var mustChangePassword: Bool?
        /// The role of a session that names none. It need not be granted yet. `.some(nil)` unsets it.
        package var defaultRole: Identifier??
        /// As SQL writes it; `""` unsets it.
        package var defaultWarehouse: String?
        /// `DB` or `DB.SCHEMA` as SQL writes it; `""` unsets it.
        package var defaultNamespace: String?
        package var isDisabled: Bool?
        package var displayName: String?
        package var email: String?
        package var comment: String?

        package init() {}

        fileprivate var named: [String: String] {
            var values: [String: String] = [:]
            if let password { values["password"] = password == nil ? "unset" : "set" }
            if let mustChangePassword { values["mustChangePassword"] = String(mustChangePassword) }
            if let defaultRole { values["defaultRole"] = defaultRole?.name ?? "" }
            values["defaultWarehouse"] = defaultWarehouse
            values["defaultNamespace"] = defaultNamespace
            if let isDisabled { values["disabled"] = String(isDisabled) }
            values["displayName"] = displayName
            values["email"] = email
            values["comment"] = comment
            return values
        }
    }

    /// Makes a user, owned by the active role. A user without a password can't log in with one.
    ///
    /// - Returns: false where the user exists and `ifNotExists` is true; then nothing changes.
    /// - Throws: `permissionDenied` without CREATE USER; `alreadyExists`; `invalidArgument` for a short password;
    ///   `notFound` for an unknown default role.
    @discardableResult
    package func createUser(
        _ name: Identifier, _ properties: UserProperties = UserProperties(), ifNotExists: Bool = false,
        as principal: Principal
    ) throws -> Bool {
        try catalog.read { try access.require(.createUser, on: .account, as: principal, in: $0) }
        let hash = try passwordHash(properties)
        return try change { tx, now in
            try access.require(.createUser, on: .account, as: principal, in: tx)
            if ifNotExists, try tx.accountObject(.user, name) != nil { return false }
            let owner = try access.viewer(principal, in: tx).roleID
            let id = try tx.createObject(
                .user, name, in: ObjectRef.account.id, ownerRoleID: owner, comment: properties.comment ?? "", now: now)
            try tx.insertUserAccount(id)
            let made = try user(name, in: tx)
            try apply(properties, hash, to: made, in: tx, now: now)
            try tx.audit(
                AuditEntry(principal, Action.createUser.rawValue, try tx.reference(made.object), to: properties.named),
                now: now)
            return true
        }
    }

    /// Changes a user. Users may give themselves a new password and default role, warehouse and namespace. Sessions of
    /// a user who is disabled can do nothing more.
    ///
    /// - Throws: `notFound`, `permissionDenied`, `invalidArgument`; `failedPrecondition` where the last enabled
    ///   administrator would be disabled.
    package func alterUser(_ name: Identifier, _ properties: UserProperties, as principal: Principal) throws {
        _ = try catalog.read { try requireAltering(name, properties, principal, in: $0) }
        let hash = try passwordHash(properties)
        let id = try change { tx, now -> Int64 in
            let user = try requireAltering(name, properties, principal, in: tx)
            try apply(properties, hash, to: user, in: tx, now: now)
            if properties.isDisabled == true { try requireAdministrator(in: tx) }
            let named = properties.named
            try tx.audit(
                AuditEntry(
                    principal, Action.alterUser.rawValue, try tx.reference(user.object),
                    from: Self.present(user).filter { named[$0.key] != nil }, to: named), now: now)
            return user.object.id
        }
        if properties.isDisabled != nil { noteStanding(of: id) }
    }

    /// Renames a user; grants stay. Sessions under the old name can do nothing more.
    package func renameUser(_ name: Identifier, to newName: Identifier, as principal: Principal) throws {
        let id = try change { tx, now -> Int64 in
            let user = try user(name, in: tx)
            let object = try tx.reference(user.object)
            try access.require(.alterUser, on: object, as: principal, in: tx)
            try tx.renameObject(user.object, to: newName, in: ObjectRef.account.id, now: now)
            try tx.audit(
                AuditEntry(
                    principal, Action.alterUser.rawValue, object, from: ["name": name.name],
                    to: ["name": newName.name]), now: now)
            return object.id
        }
        noteStanding(of: id)
    }

    /// Drops a user with all roles granted to it. Sessions of the user can do nothing more.
    ///
    /// - Returns: false where there is no such user and `ifExists` is true.
    /// - Throws: `failedPrecondition` for oneself and for the last administrator.
    @discardableResult
    package func dropUser(_ name: Identifier, ifExists: Bool = false, as principal: Principal) throws -> Bool {
        let dropped = try change { tx, now -> Int64? in
            guard let user = try tx.userAccount(name) else {
                if ifExists { return nil }
                throw RegistryError.missing(ObjectKind.user.word, name.description)
            }
            let object = try tx.reference(user.object)
            try access.require(.dropUser, on: object, as: principal, in: tx)
            guard name != principal.user else {
                throw RegistryError(.failedPrecondition, "A user can't drop itself.")
            }
            try tx.deleteGrants(ofDropped: object.id)
            try tx.dropObject(object.id, now: now)
            try requireAdministrator(in: tx)
            try tx.audit(AuditEntry(principal, Action.dropUser.rawValue, object), now: now)
            return object.id
        }
        guard let dropped else { return false }
        noteStanding(of: dropped)
        return true
    }

    /// The users that the role may see, by name: itself, those it owns, all with MANAGE GRANTS.
    package func users(as principal: Principal) throws -> [UserRow] {
        try catalog.read { reader in
            try access.visible(try reader.userAccounts(), as: principal, in: reader) { $0.object }
        }
    }

    private func requireAltering(
        _ name: Identifier, _ properties: UserProperties, _ principal: Principal, in reader: CatalogReader
    ) throws -> UserRow {
        let user = try user(name, in: reader)
        let own =
            properties.isDisabled == nil && properties.mustChangePassword == nil
            && properties.displayName == nil && properties.email == nil && properties.comment == nil
        if own, name == principal.user {
            _ = try access.viewer(principal, in: reader)
        } else {
            try access.require(.alterUser, on: try reader.reference(user.object), as: principal, in: reader)
        }
        return user
    }

    private func passwordHash(_ properties: UserProperties) throws -> PasswordHash? {
        guard let password = properties.password ?? nil else { return nil }
        try Self.checkLength(password)
        return try PasswordHash(of: password, cost: cost)
    }

    private func apply(
        _ properties: UserProperties, _ hash: PasswordHash?, to user: UserRow, in tx: CatalogTransaction, now: Int64
    ) throws {
        let id = user.object.id
        if properties.password != nil || properties.mustChangePassword != nil {
            let kept = properties.password == nil ? user.passwordHash : hash?.encoded
            try tx.setPasswordHash(id, kept, mustChange: properties.mustChangePassword ?? false, now: now)
        }
        if let defaultRole = properties.defaultRole {
            try tx.setDefaultRole(id, roleID: try defaultRole.map { try role($0, in: tx).id })
        }
        if properties.defaultWarehouse != nil || properties.defaultNamespace != nil {
            try tx.setUserDefaults(
                id, warehouse: properties.defaultWarehouse ?? user.defaultWarehouse,
                namespace: properties.defaultNamespace ?? user.defaultNamespace)
        }
        if properties.displayName != nil || properties.email != nil {
            try tx.setUserNames(
                id, displayName: properties.displayName ?? user.displayName, email: properties.email ?? user.email)
        }
        if let disabled = properties.isDisabled { try tx.setDisabled(id, disabled) }
        if let comment = properties.comment { try tx.setComment(id, comment, now: now) }
    }

    private static func present(_ user: UserRow) -> [String: String] {
        [
            "password": user.passwordHash == nil ? "unset" : "set",
            "mustChangePassword": String(user.mustChangePassword), "defaultRole": user.defaultRole?.name ?? "",
            "defaultWarehouse": user.defaultWarehouse, "defaultNamespace": user.defaultNamespace,
            "disabled": String(user.isDisabled), "displayName": user.displayName, "email": user.email,
            "comment": user.object.comment,
        ]
    }
}
