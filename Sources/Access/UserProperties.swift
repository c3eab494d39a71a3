package import Store
package import Types

extension Accounts {
    /// Properties of a user, for CREATE USER and ALTER USER … SET and UNSET: nil leaves a property as it is.
    package struct UserProperties: Sendable {
        /// The new password; `.some(nil)` takes the password away.
        package var password: String??
        package var mustChangePassword: Bool?
        /// What the user logs in with; `""` for its own name.
        package var loginName: String?
        package var type: UserType?
        /// The role of a session that names none. It need not be granted yet, but must be seen by who sets it.
        /// `.some(nil)` unsets it.
        package var defaultRole: Identifier??
        /// As SQL writes it; `""` unsets it.
        package var defaultWarehouse: String?
        /// `DB` or `DB.SCHEMA` as SQL writes it; `""` unsets it.
        package var defaultNamespace: String?
        /// Whether a session begins with all of the user's roles as secondary ones.
        package var defaultsToAllSecondaryRoles: Bool?
        package var isDisabled: Bool?
        /// Days from now after which the user can't log in; `.some(nil)` for never.
        package var daysToExpiry: Int64??
        /// Minutes from now before which the user can't log in; `.some(nil)` and 0 for none.
        package var minsToUnlock: Int64??
        package var displayName: String?
        package var firstName: String?
        package var middleName: String?
        package var lastName: String?
        package var email: String?
        package var comment: String?
        /// Public keys by slot, 1 or 2; a nil takes the key away.
        package var publicKeys: [Int: PublicKey?] = [:]

        package init() {}

        /// Whether sessions of the user may be over with the change.
        var endsSessions: Bool { isDisabled != nil || daysToExpiry != nil }

        /// Whether it is about what the user logs in with.
        var hasCredentials: Bool { password != nil || !publicKeys.isEmpty }

        /// Whether users may change it about themselves.
        var areOwn: Bool { administered.isEmpty }

        /// Whether it is about public keys alone.
        var areKeysOnly: Bool { !publicKeys.isEmpty && named.keys.allSatisfy { $0.hasPrefix("publicKey") } }

        /// - Throws: `invalidArgument` for what a user of the type can't have.
        func check(for type: UserType, _ name: Identifier) throws {
            guard type == .service else { return }
            let given: [(String, Bool)] = [
                ("PASSWORD", (password ?? nil) != nil), ("MUST_CHANGE_PASSWORD", mustChangePassword == true),
                ("FIRST_NAME", firstName?.isEmpty == false), ("MIDDLE_NAME", middleName?.isEmpty == false),
                ("LAST_NAME", lastName?.isEmpty == false),
            ]
            guard let first = given.first(where: \.1) else { return }
            throw RegistryError(
                .invalidArgument, "User '\(name)' is of TYPE = SERVICE and can't have \(first.0).",
                hint:
                    "A service logs in with a key pair, an access token or OAuth; TYPE = LEGACY_SERVICE has a password."
            )
        }

        /// The facts as audit rows have them.
        var named: [String: String] {
            var values = administered
            if let password { values["password"] = password == nil ? "unset" : "set" }
            if let defaultRole { values["defaultRole"] = defaultRole?.name ?? "" }
            values["defaultWarehouse"] = defaultWarehouse
            values["defaultNamespace"] = defaultNamespace
            values["defaultSecondaryRoles"] = defaultsToAllSecondaryRoles.map { $0 ? "ALL" : "" }
            for (slot, key) in publicKeys { values["publicKey\(slot)"] = key?.fingerprint ?? "unset" }
            return values
        }

        /// Those that take a role over the user.
        private var administered: [String: String] {
            var values: [String: String] = [:]
            if let mustChangePassword { values["mustChangePassword"] = String(mustChangePassword) }
            if let isDisabled { values["disabled"] = String(isDisabled) }
            if let daysToExpiry { values["daysToExpiry"] = daysToExpiry.map { "\($0)" } ?? "" }
            if let minsToUnlock { values["minsToUnlock"] = minsToUnlock.map { "\($0)" } ?? "" }
            values["loginName"] = loginName
            values["type"] = type?.rawValue
            values["displayName"] = displayName
            values["firstName"] = firstName
            values["middleName"] = middleName
            values["lastName"] = lastName
            values["email"] = email
            values["comment"] = comment
            return values
        }

        /// The same facts of a user as it is.
        static func named(of user: UserRow) -> [String: String] {
            [
                "password": user.passwordHash == nil ? "unset" : "set",
                "mustChangePassword": String(user.mustChangePassword), "loginName": user.ownLoginName ?? "",
                "type": user.type.rawValue, "defaultRole": user.defaultRole?.name ?? "",
                "defaultWarehouse": user.defaultWarehouse, "defaultNamespace": user.defaultNamespace,
                "defaultSecondaryRoles": user.defaultsToAllSecondaryRoles ? "ALL" : "",
                "disabled": String(user.isDisabled), "displayName": user.displayName, "firstName": user.firstName,
                "middleName": user.middleName, "lastName": user.lastName, "email": user.email,
                "comment": user.object.comment,
            ]
        }
    }
}
