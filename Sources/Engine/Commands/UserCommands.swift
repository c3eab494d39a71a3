import Access
import Foundation
import Registry
import SnowflakeSQL
import Store
import Types

/// CREATE, ALTER, DESCRIBE and SHOW of users.
extension StatementContext {
    func createUser(_ create: CreateWithOptions) throws -> StatementResult {
        let mode = try createMode(orReplace: create.orReplace, ifNotExists: create.ifNotExists)
        let name = try simpleName(create.name, kind: "user")
        var properties = try userProperties(create.options)
        properties.comment = create.comment ?? properties.comment
        let isNew = try engine.accounts.createUser(
            name, properties, ifNotExists: mode == .ifNotExists, orReplace: mode == .orReplace, as: principal)
        return status(isNew ? "User \(name) successfully created." : "\(name) already exists, statement succeeded.")
    }

    /// ALTER USER. Without a name the session's own user is changed.
    func alterUser(_ alter: AlterObject) throws -> StatementResult {
        let name = try alter.name.map { try simpleName($0, kind: "user") } ?? session.user
        do {
            switch alter.action {
            case .accessToken(let action): return try runAccessToken(action, of: alter.name.map { _ in name })
            case .set(let options):
                try engine.accounts.alterUser(name, try userProperties(options), as: principal)
            case .unset(let words):
                try engine.accounts.alterUser(name, try unsetUserProperties(words), as: principal)
            case .rename(let new):
                try engine.accounts.renameUser(name, to: try simpleName(new, kind: "user"), as: principal)
            default:
                throw RegistryError(
                    .unsupported, "This change of a user is not supported.",
                    hint: "SET, UNSET, RENAME TO and those of programmatic access tokens are.",
                    position: alter.position)
            }
        } catch let error as RegistryError
            where error.code == .notFound && alter.ifExists && error.detail["kind"] == Types.ObjectKind.user.word
        {
            return status("Statement executed successfully.")
        }
        return status("Statement executed successfully.")
    }

    // MARK: Properties

    /// Properties of users that statements may name and that count for nothing here.
    ///
    /// There are no network policies, no second factor and no web pages.
    private static let ignoredUserProperties: Set = [
        "MINS_TO_BYPASS_MFA", "MINS_TO_BYPASS_NETWORK_POLICY", "DISABLE_MFA", "SNOWFLAKE_SUPPORT",
    ]

    private static let userPropertyNames = [
        "PASSWORD", "LOGIN_NAME", "DISPLAY_NAME", "FIRST_NAME", "MIDDLE_NAME", "LAST_NAME", "EMAIL",
        "MUST_CHANGE_PASSWORD", "DISABLED", "DAYS_TO_EXPIRY", "MINS_TO_UNLOCK", "DEFAULT_WAREHOUSE",
        "DEFAULT_NAMESPACE", "DEFAULT_ROLE", "DEFAULT_SECONDARY_ROLES", "RSA_PUBLIC_KEY", "RSA_PUBLIC_KEY_2", "TYPE",
        "COMMENT",
    ]

    private func unknownUserProperty(_ name: String) -> RegistryError {
        RegistryError(
            .unsupported, "The property \(name) of a user is not supported.",
            hint: RegistryError.nearMiss(name, Self.userPropertyNames))
    }

    private func userProperties(_ options: StatementOptions) throws -> Accounts.UserProperties {
        var properties = Accounts.UserProperties()
        for entry in options.entries {
            let name = entry.name.uppercased()
            let isNull = entry.value.text?.uppercased() == "NULL" && !entry.value.isString
            if isNull {
                try unset(name, in: &properties)
                continue
            }
            let text = entry.value.text ?? ""
            switch name {
            case "PASSWORD": properties.password = .some(text)
            case "LOGIN_NAME": properties.loginName = text
            case "DEFAULT_ROLE": properties.defaultRole = .some(try Identifier(parsing: text))
            case "DEFAULT_WAREHOUSE": properties.defaultWarehouse = try spelled(text, parts: 1)
            case "DEFAULT_NAMESPACE": properties.defaultNamespace = try spelled(text, parts: 2)
            case "DEFAULT_SECONDARY_ROLES":
                properties.defaultsToAllSecondaryRoles = try defaultsToAll(entry.value)
            case "DISABLED": properties.isDisabled = try flag(entry)
            case "MUST_CHANGE_PASSWORD": properties.mustChangePassword = try flag(entry)
            case "DAYS_TO_EXPIRY": properties.daysToExpiry = .some(try count(entry, in: 0...36_500))
            case "MINS_TO_UNLOCK": properties.minsToUnlock = .some(try count(entry, in: 0...525_600))
            case "DISPLAY_NAME": properties.displayName = text
            case "FIRST_NAME": properties.firstName = text
            case "MIDDLE_NAME": properties.middleName = text
            case "LAST_NAME": properties.lastName = text
            case "EMAIL": properties.email = text
            case "COMMENT": properties.comment = text
            case "RSA_PUBLIC_KEY": properties.publicKeys[1] = .some(try PublicKey(pemBody: text))
            case "RSA_PUBLIC_KEY_2": properties.publicKeys[2] = .some(try PublicKey(pemBody: text))
            case "RSA_PUBLIC_KEY_FP", "RSA_PUBLIC_KEY_2_FP":
                throw RegistryError(.invalidArgument, "\(name) follows from the key, and can't be set.")
            case "TYPE":
                guard let type = UserType(rawValue: text.uppercased()) else {
                    throw RegistryError(
                        .invalidArgument, "The TYPE of a user is PERSON, SERVICE or LEGACY_SERVICE, not '\(text)'.")
                }
                properties.type = type
            case _ where Self.ignoredUserProperties.contains(name): continue
            default: throw unknownUserProperty(name)
            }
        }
        return properties
    }

    private func unsetUserProperties(_ words: [String]) throws -> Accounts.UserProperties {
        var properties = Accounts.UserProperties()
        for word in words { try unset(word.uppercased(), in: &properties) }
        return properties
    }

    private func unset(_ name: String, in properties: inout Accounts.UserProperties) throws {
        switch name {
        case "PASSWORD": properties.password = .some(nil)
        case "LOGIN_NAME": properties.loginName = ""
        case "DEFAULT_ROLE": properties.defaultRole = .some(nil)
        case "DEFAULT_WAREHOUSE": properties.defaultWarehouse = ""
        case "DEFAULT_NAMESPACE": properties.defaultNamespace = ""
        case "DEFAULT_SECONDARY_ROLES": properties.defaultsToAllSecondaryRoles = false
        case "DISABLED": properties.isDisabled = false
        case "MUST_CHANGE_PASSWORD": properties.mustChangePassword = false
        case "DAYS_TO_EXPIRY": properties.daysToExpiry = .some(nil)
        case "MINS_TO_UNLOCK": properties.minsToUnlock = .some(nil)
        case "DISPLAY_NAME": properties.displayName = ""
        case "FIRST_NAME": properties.firstName = ""
        case "MIDDLE_NAME": properties.middleName = ""
        case "LAST_NAME": properties.lastName = ""
        case "EMAIL": properties.email = ""
        case "COMMENT": properties.comment = ""
        case "RSA_PUBLIC_KEY": properties.publicKeys[1] = .some(nil)
        case "RSA_PUBLIC_KEY_2": properties.publicKeys[2] = .some(nil)
        case "TYPE": properties.type = .person
        case _ where Self.ignoredUserProperties.contains(name): break
        default: throw unknownUserProperty(name)
        }
    }

    /// A name as SQL writes it; `""` for none.
    private func spelled(_ text: String, parts most: Int) throws -> String {
        guard !text.isEmpty else { return "" }
        let parts = try Identifier.split(text)
        guard parts.count <= most else {
            throw RegistryError(
                .invalidArgument, "The name '\(text)' has \(parts.count) parts: at most \(most) fit here.")
        }
        return parts.map(\.description).joined(separator: ".")
    }

    private func flag(_ entry: StatementOptions.Entry) throws -> Bool {
        guard let flag = entry.value.boolean else {
            throw RegistryError(
                .invalidArgument, "\(entry.name) takes TRUE or FALSE.", position: entry.position)
        }
        return flag
    }

    private func count(_ entry: StatementOptions.Entry, in range: ClosedRange<Int64>) throws -> Int64 {
        guard let number = entry.value.text.flatMap({ Int64($0) }), range.contains(number) else {
            throw RegistryError(
                .invalidArgument,
                "\(entry.name) takes a whole number from \(range.lowerBound) to \(range.upperBound).",
                position: entry.position)
        }
        return number
    }

    /// `('ALL')` or `()`.
    private func defaultsToAll(_ value: OptionValue) throws -> Bool {
        if case .options(let options) = value, options.isEmpty { return false }
        let texts = value.texts.map { $0.uppercased() }
        guard texts == ["ALL"] || texts.isEmpty || texts == ["NONE"] else {
            throw RegistryError(
                .invalidArgument, "DEFAULT_SECONDARY_ROLES takes ('ALL') or ().",
                hint: "USE SECONDARY ROLES takes a list, for one session.")
        }
        return texts == ["ALL"]
    }

    // MARK: SHOW and DESCRIBE

    /// Source: https://docs.snowflake.com/en/sql-reference/sql/show-users
    func showUsers(_ filter: ShowFilter) throws -> ShownRows {
        let matching = filter.matching(try engine.accounts.users(as: principal), name: { $0.object.name })
        let credentials = try engine.accounts.usersWithCredentials()
        let now = Int64(engine.now().timeIntervalSince1970 * 1000)
        return ShownRows(
            ShownRows.columns(
                """
                name created_on:ltz login_name display_name first_name last_name email mins_to_unlock days_to_expiry \
                comment disabled must_change_password snowflake_lock default_warehouse default_namespace default_role \
                default_secondary_roles ext_authn_duo ext_authn_uid mins_to_bypass_mfa owner last_success_login:ltz \
                expires_at_time:ltz locked_until_time:ltz has_password has_rsa_public_key type has_mfa has_pat
                """),
            filter.cut(matching, name: { $0.object.name }).map { user -> [String?] in
                let row = user.object
                return [
                    row.name.name, ShownRows.time(row.createdOn), user.loginName, user.displayName, user.firstName,
                    user.lastName, user.email, Self.minutes(until: user.lockedUntil, now),
                    Self.days(until: user.expiresOn, now), row.comment, Self.text(user.isDisabled),
                    Self.text(user.mustChangePassword), "false", user.defaultWarehouse, user.defaultNamespace,
                    user.defaultRole?.name ?? "", user.defaultsToAllSecondaryRoles ? #"["ALL"]"# : "[]", "false", "",
                    "",
                    row.owner, user.lastLoginOn.map(ShownRows.time), user.expiresOn.map(ShownRows.time),
                    user.lockedUntil.map(ShownRows.time), Self.text(user.passwordHash != nil),
                    Self.text(credentials.keys.contains(row.id)), user.type.rawValue, "false",
                    Self.text(credentials.tokens.contains(row.id)),
                ]
            })
    }

    /// Source: https://docs.snowflake.com/en/sql-reference/sql/desc-user
    func describedUser(_ name: Identifier) throws -> ShownRows {
        let described = try engine.accounts.describeUser(name, as: principal)
        let user = described.user
        let now = Int64(engine.now().timeIntervalSince1970 * 1000)
        func key(_ slot: Int) -> UserKeyRow? { described.keys.first { $0.slot == slot } }
        func moment(_ milliseconds: Int64?) -> String? { milliseconds.map(Self.timestamp) }
        func or(_ text: String) -> String? { text.isEmpty ? nil : text }
        let rows: [(String, String?, String?, String)] = [
            ("NAME", user.name.name, nil, "Name"),
            ("COMMENT", or(user.object.comment), nil, "user comment associated to an object in the dictionary"),
            ("DISPLAY_NAME", or(user.displayName), nil, "Display name of the associated object"),
            ("TYPE", user.type.rawValue, "PERSON", "Type of user: a person or a program"),
            ("LOGIN_NAME", user.loginName, nil, "Login name of the user"),
            ("FIRST_NAME", or(user.firstName), nil, "First name of the user"),
            ("MIDDLE_NAME", or(user.middleName), nil, "Middle name of the user"),
            ("LAST_NAME", or(user.lastName), nil, "Last name of the user"),
            ("EMAIL", or(user.email), nil, "Email address of the user"),
            ("PASSWORD", user.passwordHash == nil ? nil : "********", nil, "Password of the user"),
            (
                "MUST_CHANGE_PASSWORD", Self.text(user.mustChangePassword), "false",
                "User must change the password"
            ),
            ("DISABLED", Self.text(user.isDisabled), "false", "Whether the user is disabled"),
            ("SNOWFLAKE_LOCK", "false", "false", "Whether the user or account is locked by Snowflake"),
            ("SNOWFLAKE_SUPPORT", "false", "false", "Snowflake Support is allowed to use the user or account"),
            (
                "DAYS_TO_EXPIRY", Self.days(until: user.expiresOn, now), nil,
                "User record will be treated as expired after specified number of days"
            ),
            (
                "MINS_TO_UNLOCK", Self.minutes(until: user.lockedUntil, now), nil,
                "Temporary lock on the user will be removed after specified number of minutes"
            ),
            ("DEFAULT_WAREHOUSE", or(user.defaultWarehouse), nil, "Default warehouse for this user"),
            ("DEFAULT_NAMESPACE", or(user.defaultNamespace), nil, "Default database namespace prefix for this user"),
            ("DEFAULT_ROLE", user.defaultRole?.name, nil, "Primary principal of user session will be set to this role"),
            (
                "DEFAULT_SECONDARY_ROLES", user.defaultsToAllSecondaryRoles ? #"["ALL"]"# : "[]", "[]",
                "The secondary roles will be set to all roles provided here"
            ),
            ("EXT_AUTHN_DUO", "false", "false", "Whether Duo Security is enabled as second factor authentication"),
            ("EXT_AUTHN_UID", nil, nil, "External authentication ID of the user"),
            ("HAS_MFA", "false", "false", "Whether the user has a second factor"),
            ("MINS_TO_BYPASS_MFA", nil, nil, "Temporary bypass MFA for the user for a specified number of minutes"),
            (
                "MINS_TO_BYPASS_NETWORK_POLICY", nil, nil,
                "Temporary bypass network policy on the user for a specified number of minutes"
            ),
            ("RSA_PUBLIC_KEY", key(1)?.der, nil, "RSA public key of the user"),
            ("RSA_PUBLIC_KEY_FP", key(1).map { "SHA256:\($0.fingerprint)" }, nil, "Fingerprint of the RSA public key"),
            (
                "RSA_PUBLIC_KEY_LAST_SET_TIME", moment(key(1)?.setOn), nil,
                "The timestamp at which the user's RSA public key was last set"
            ),
            ("RSA_PUBLIC_KEY_2", key(2)?.der, nil, "Second RSA public key of the user"),
            (
                "RSA_PUBLIC_KEY_2_FP", key(2).map { "SHA256:\($0.fingerprint)" }, nil,
                "Fingerprint of the second RSA public key"
            ),
            (
                "RSA_PUBLIC_KEY_2_LAST_SET_TIME", moment(key(2)?.setOn), nil,
                "The timestamp at which the user's second RSA public key was last set"
            ),
            (
                "PASSWORD_LAST_SET_TIME", user.passwordHash == nil ? nil : moment(user.passwordChangedOn), nil,
                "The timestamp at which the password was last set"
            ),
        ]
        return ShownRows(
            ShownRows.columns("property value default description"), rows.map { [$0.0, $0.1, $0.2, $0.3] })
    }

    static func text(_ flag: Bool) -> String { flag ? "true" : "false" }

    private static func minutes(until moment: Int64?, _ now: Int64) -> String? {
        moment.flatMap { $0 > now ? "\(($0 - now + 59_999) / 60_000)" : nil }
    }

    private static func days(until moment: Int64?, _ now: Int64) -> String? {
        moment.map { "\((Double($0 - now) / 86_400).rounded() / 1000)" }
    }
}
