import Access
import Registry
import SnowflakeSQL
import Store
import Types

/// ALTER USER … ADD, ROTATE, MODIFY and REMOVE PROGRAMMATIC ACCESS TOKEN; SHOW USER PATS.
extension StatementContext {
    private static let newTokenColumns = ShownRows.columns("token_name token_secret")
    private static let rotatedTokenColumns = ShownRows.columns("token_name token_secret rotated_token_name")

    /// The columns of what a statement about access tokens gives.
    static func columns(of action: AccessTokenAction) -> [ResultColumn] {
        switch action {
        case .add: newTokenColumns
        case .rotate: rotatedTokenColumns
        case .rename, .set, .unset, .remove: statusColumn
        }
    }

    /// - Parameter user: nil for the session's own.
    func runAccessToken(_ action: AccessTokenAction, of user: Identifier?) throws -> StatementResult {
        let accounts = engine.accounts
        switch action {
        case .add(let name, let options):
            let token = try accounts.addToken(name, try tokenProperties(options), of: user, as: principal)
            return secret(Self.newTokenColumns, [token.name.name, token.secret])
        case .rotate(let name, let options):
            var hours: Int64 = 24
            for entry in options.entries {
                guard entry.name == "EXPIRE_ROTATED_TOKEN_AFTER_HOURS" else { throw unknownOption(entry) }
                hours = try number(entry)
            }
            let token = try accounts.rotateToken(name, of: user, oldExpiresAfterHours: hours, as: principal)
            return secret(Self.rotatedTokenColumns, [token.name.name, token.secret, token.rotated?.name])
        case .rename(let name, let newName):
            try accounts.alterToken(name, of: user, newName: newName, as: principal)
        case .set(let name, let options):
            let change = try tokenChange(options)
            try accounts.alterToken(
                name, of: user, comment: change.comment, disabled: change.disabled, as: principal)
        case .unset(let name, let words):
            let known: Set = ["COMMENT", "DISABLED", "MINS_TO_BYPASS_NETWORK_POLICY_REQUIREMENT"]
            if let other = words.first(where: { !known.contains($0) }) {
                throw RegistryError(.invalidArgument, "A programmatic access token has no property \(other) to unset.")
            }
            try accounts.alterToken(
                name, of: user, comment: words.contains("COMMENT") ? "" : nil,
                disabled: words.contains("DISABLED") ? false : nil, as: principal)
        case .remove(let name): try accounts.removeToken(name, of: user, as: principal)
        }
        return status("Statement executed successfully.")
    }

    /// SHOW USER PROGRAMMATIC ACCESS TOKENS [FOR USER u].
    ///
    /// Source: https://docs.snowflake.com/en/sql-reference/sql/show-user-programmatic-access-tokens
    func showAccessTokens(_ show: ShowStatement, _ filter: ShowFilter) throws -> ShownRows {
        var user: Identifier?
        switch show.scope {
        case nil: break
        case .other("USER", let reference): user = try simpleName(reference, kind: "user")
        default:
            throw RegistryError(
                .syntax, "SHOW \(show.kind) can't look there.", hint: "Write FOR USER name.", position: show.position)
        }
        let tokens = filter.matching(try engine.accounts.tokens(of: user, as: principal), name: { $0.name })
        return ShownRows(
            ShownRows.columns(
                """
                name user_name role_restriction expires_at:ltz status comment created_on:ltz created_by \
                mins_to_bypass_network_policy_requirement:fixed rotated_to
                """),
            filter.cut(tokens, name: { $0.name }).map { token -> [String?] in
                let status =
                    token.isDisabled ? "DISABLED" : engine.accounts.isOver(token) ? "EXPIRED" : "ACTIVE"
                return [
                    token.name.name, (user ?? session.user).name, token.role?.name, ShownRows.time(token.expiresOn),
                    status, token.comment, ShownRows.time(token.createdOn), token.createdBy, nil,
                    token.rotatedTo.isEmpty ? nil : token.rotatedTo,
                ]
            })
    }

    private func tokenProperties(_ options: StatementOptions) throws -> Accounts.TokenProperties {
        var properties = Accounts.TokenProperties()
        for entry in options.entries {
            switch entry.name {
            case "ROLE_RESTRICTION": properties.role = try Identifier(parsing: entry.value.text ?? "")
            case "DAYS_TO_EXPIRY": properties.daysToExpiry = try number(entry)
            case "COMMENT": properties.comment = entry.value.text ?? ""
            case "MINS_TO_BYPASS_NETWORK_POLICY_REQUIREMENT": continue
            default: throw unknownOption(entry)
            }
        }
        return properties
    }

    private func tokenChange(_ options: StatementOptions) throws -> (comment: String?, disabled: Bool?) {
        var change: (comment: String?, disabled: Bool?) = (nil, nil)
        for entry in options.entries {
            switch entry.name {
            case "COMMENT": change.comment = entry.value.text ?? ""
            case "DISABLED":
                guard let flag = entry.value.boolean else {
                    throw RegistryError(.invalidArgument, "DISABLED takes TRUE or FALSE.", position: entry.position)
                }
                change.disabled = flag
            case "MINS_TO_BYPASS_NETWORK_POLICY_REQUIREMENT": continue
            default: throw unknownOption(entry)
            }
        }
        return change
    }

    private func number(_ entry: StatementOptions.Entry) throws -> Int64 {
        guard let number = entry.value.text.flatMap({ Int64($0) }) else {
            throw RegistryError(.invalidArgument, "\(entry.name) takes a whole number.", position: entry.position)
        }
        return number
    }

    private func unknownOption(_ entry: StatementOptions.Entry) -> RegistryError {
        RegistryError(
            .invalidArgument, "A programmatic access token has no property \(entry.name) here.",
            hint: RegistryError.nearMiss(
                entry.name,
                ["ROLE_RESTRICTION", "DAYS_TO_EXPIRY", "COMMENT", "DISABLED", "EXPIRE_ROTATED_TOKEN_AFTER_HOURS"]),
            position: entry.position)
    }

    private func secret(_ columns: [ResultColumn], _ row: [String?]) -> StatementResult {
        var result = table(columns, [row])
        result.isSecret = true
        return result
    }
}
