import Store
package import Types

extension Accounts {
    /// What the first start made.
    package struct FirstStart: Sendable {
        package let administrator: Identifier
        /// The generated password, to be shown once; nil where one was given.
        package let generatedPassword: String?
    }

    /// Makes the system roles, the administrator and the warehouse COMPUTE_WH, unless they exist.
    ///
    /// All or nothing: a crash leaves the catalog as it was, and the next start makes them. COMPUTE_WH belongs to
    /// SYSADMIN and may be used by PUBLIC.
    ///
    /// - Parameter password: the administrator's, nil to have one generated.
    /// - Returns: nil where the catalog has its roles already: then nothing changes, the password neither.
    /// - Throws: `invalidArgument` when the password is too short.
    package func bootstrap(
        administrator: Identifier = Identifier(resolved: "ADMIN"), password: String? = nil
    ) throws -> FirstStart? {
        let top = SystemRole.accountAdmin
        if try catalog.read({ try $0.accountObject(.role, top.name) }) != nil { return nil }
        if let password { try Accounts.checkLength(password) }
        let secret = password ?? Accounts.generatedPassword()
        let hash = try PasswordHash(of: secret, cost: cost)
        return try change { tx, now in
            if try tx.accountObject(.role, top.name) != nil { return nil }
            var ids: [SystemRole: Int64] = [:]
            for role in SystemRole.allCases {
                let id = try tx.createObject(.role, role.name, in: ObjectRef.account.id, ownerRoleID: nil, now: now)
                try tx.insertRole(id, isSystem: true)
                ids[role] = id
            }
            for (role, id) in ids {
                if let heir = role.grantedTo.flatMap({ ids[$0] }) {
                    _ = try tx.insertRoleGrant(id, to: .role, heir, grantedBy: nil, now: now)
                }
                for privilege in role.accountPrivileges {
                    try tx.insertPrivilegeGrant(
                        privilege, on: .account, ObjectRef.account.id, to: id, grantedBy: nil, now: now)
                }
            }
            let user = try tx.createObject(
                .user, administrator, in: ObjectRef.account.id, ownerRoleID: ids[top], now: now)
            try tx.insertUserAccount(user)
            try tx.setPasswordHash(user, hash.encoded, mustChange: false, now: now)
            try tx.setDefaultRole(user, roleID: ids[top])
            if let id = ids[top] { _ = try tx.insertRoleGrant(id, to: .user, user, grantedBy: nil, now: now) }

            let name = Identifier(resolved: "COMPUTE_WH")
            let warehouse = try tx.createObject(
                .warehouse, name, in: ObjectRef.account.id, ownerRoleID: ids[.sysAdmin], now: now)
            try tx.run("INSERT INTO warehouse (id) VALUES ($1)", [.int(warehouse)])
            if let everybody = ids[.public] {
                try tx.insertPrivilegeGrant(
                    .usage, on: .warehouse, warehouse, to: everybody, grantedBy: ids[.sysAdmin], now: now)
            }
            try tx.setUserDefaults(user, warehouse: name.description, namespace: "")
            try tx.audit(
                .init(
                    Accounts.server, "FIRST START", ObjectRef(.user, user, name: administrator.description),
                    to: ["administrator": administrator.name, "warehouse": name.name]), now: now)
            return FirstStart(administrator: administrator, generatedPassword: password == nil ? secret : nil)
        }
    }

    /// Gives a user a new password without asking anybody, enables the user and takes away its expiry: the way back in,
    /// from the machine.
    ///
    /// - Parameter password: nil to have one generated.
    /// - Returns: the new password.
    /// - Throws: `notFound` for an unknown user; `invalidArgument` when the password is too short.
    package func resetPassword(_ name: Identifier, to password: String? = nil) throws -> String {
        if let password { try Accounts.checkLength(password) }
        let secret = password ?? Accounts.generatedPassword()
        let hash = try PasswordHash(of: secret, cost: cost)
        try changeUser { tx, now in
            let user = try user(name, in: tx)
            try tx.setPasswordHash(user.object.id, hash.encoded, mustChange: false, now: now)
            try tx.setDisabled(user.object.id, false)
            try tx.setUserExpiry(user.object.id, on: nil)
            try tx.setUserLock(user.object.id, until: nil)
            if user.type == .service { try tx.setUserType(user.object.id, .person) }
            try tx.audit(
                .init(Accounts.server, "RESET PASSWORD", try tx.reference(user.object)), now: now)
            return user.object.id
        }
        return secret
    }

    /// Fewest characters of a password. Source: Snowflake's default password policy.
    package static let minimumPasswordLength = 8

    static func checkLength(_ password: String) throws {
        guard password.count >= minimumPasswordLength else {
            throw RegistryError(
                .invalidArgument, "The password is too short: it has at least \(minimumPasswordLength) characters.")
        }
    }

    /// 20 characters of a 32-letter alphabet without look-alikes: 100 random bits.
    static func generatedPassword() -> String {
        let alphabet = Array("abcdefghjkmnpqrstuvwxyz23456789X")
        var generator = SystemRandomNumberGenerator()
        return String((0..<20).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] })
    }
}
