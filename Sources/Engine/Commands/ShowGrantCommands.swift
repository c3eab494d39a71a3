import Access
import Registry
import SnowflakeSQL
import Store
import Types

/// SHOW ROLES and SHOW GRANTS.
extension StatementContext {
    /// Source: https://docs.snowflake.com/en/sql-reference/sql/show-roles
    func showRoles(_ filter: ShowFilter) throws -> ShownRows {
        let active = session.summary.role
        let summary = try engine.accounts.roleSummary(as: principal)
        return ShownRows(
            ShownRows.columns(
                """
                created_on:ltz name is_default is_current is_inherited assigned_to_users:fixed granted_to_roles:fixed \
                granted_roles:fixed owner comment
                """),
            filter.cut(filter.matching(try engine.accounts.roles(as: principal), name: { $0.name }), name: { $0.name })
                .map { row -> [String?] in
                    let counts = summary.counts[row.id] ?? RoleGrantCounts()
                    let isCurrent = row.name == active
                    return [
                        ShownRows.time(row.createdOn), row.name.name, row.id == summary.usual ? "Y" : "N",
                        isCurrent ? "Y" : "N", !isCurrent && summary.effective.contains(row.id) ? "Y" : "N",
                        "\(counts.users)", "\(counts.heirs)", "\(counts.inherited)", row.owner, row.comment,
                    ]
                })
    }

    /// Source: https://docs.snowflake.com/en/sql-reference/sql/show-grants
    func showGrants(_ show: ShowStatement) throws -> ShownRows {
        let shown = try grants(show.grants ?? .own)
        guard let limit = show.limit else { return shown }
        return ShownRows(shown.columns, Array(shown.rows.prefix(limit)))
    }

    private func grants(_ scope: GrantsScope) throws -> ShownRows {
        let accounts = engine.accounts
        switch scope {
        case .own: return heldRoles(try accounts.roleGrants(toUser: session.user, as: principal))
        case .on(let kind, let reference):
            let kind = try registryKind(kind)
            guard let reference else { return privileges(try accounts.grants(on: .account, as: principal)) }
            return privileges(try accounts.grants(on: try object(kind, reference), as: principal))
        case .toRole(let role): return privileges(try accounts.grants(toRole: role, as: principal))
        case .toUser(let user): return heldRoles(try accounts.roleGrants(toUser: user, as: principal))
        case .ofRole(let role): return heldRoles(try accounts.roleGrants(ofRole: role, as: principal))
        case .future(let kind, let reference):
            let container = try object(try registryKind(kind), reference)
            return futurePrivileges(try accounts.futureGrants(in: container, as: principal))
        case .futureToRole(let role):
            return futurePrivileges(try accounts.futureGrants(toRole: role, as: principal))
        }
    }

    private func privileges(_ listings: [GrantListing]) -> ShownRows {
        ShownRows(
            ShownRows.columns(
                "created_on:ltz privilege granted_on name granted_to grantee_name grant_option granted_by"),
            listings.map {
                [
                    ShownRows.time($0.createdOn), $0.privilege, $0.grantedOn, $0.name, $0.grantedTo, $0.granteeName,
                    Self.text($0.grantOption), $0.grantedBy,
                ]
            })
    }

    private func futurePrivileges(_ listings: [GrantListing]) -> ShownRows {
        ShownRows(
            ShownRows.columns("created_on:ltz privilege grant_on name grant_to grantee_name grant_option"),
            listings.map {
                [
                    ShownRows.time($0.createdOn), $0.privilege, $0.grantedOn, $0.name, $0.grantedTo, $0.granteeName,
                    Self.text($0.grantOption),
                ]
            })
    }

    private func heldRoles(_ grants: [RoleGrantRow]) -> ShownRows {
        ShownRows(
            ShownRows.columns("created_on:ltz role granted_to grantee_name granted_by"),
            grants.map {
                [ShownRows.time($0.createdOn), $0.role.name, $0.granteeKind.rawValue, $0.grantee.name, $0.grantedBy]
            })
    }
}
