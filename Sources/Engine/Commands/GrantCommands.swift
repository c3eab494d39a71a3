import Access
import Foundation
import Registry
import SnowflakeSQL
import Types

/// GRANT, REVOKE, and the statements about roles.
extension StatementContext {
    func runGrant(_ grant: GrantStatement, revoke: Bool) throws -> StatementResult {
        guard !grant.granteeIsUser else {
            throw RegistryError(
                .unsupported, "Privileges are granted to roles, not to users.",
                hint: "Grant them to a role, and the role to the user.",
                position: grant.position)
        }
        let scope = try grantScope(grant.target)
        if revoke {
            try engine.accounts.revoke(
                grant.privileges, on: scope, from: grant.grantee, grantOptionOnly: grant.grantOptionOnly, as: principal)
            return status("Statement executed successfully.")
        }
        let current: Accounts.CurrentGrants? =
            switch grant.currentGrants {
            case .copy: .copy
            case .revoke: .revoke
            case nil: nil
            }
        let count = try engine.accounts.grant(
            grant.privileges, on: scope, to: grant.grantee, withGrantOption: grant.withGrantOption,
            currentGrants: current, as: principal)
        if case .all = scope {
            return status("Statement executed successfully. \(count) objects affected.")
        }
        return status("Statement executed successfully.")
    }

    func runGrantRole(_ grant: GrantRole, revoke: Bool) throws -> StatementResult {
        let kind: Types.ObjectKind = grant.granteeIsUser ? .user : .role
        if revoke {
            try engine.accounts.revokeRole(grant.role, from: kind, grant.grantee, as: principal)
        } else {
            try engine.accounts.grantRole(grant.role, to: kind, grant.grantee, as: principal)
        }
        return status("Statement executed successfully.")
    }

    private func grantScope(_ target: GrantTarget) throws -> Accounts.GrantScope {
        switch target {
        case .account: return .object(.account)
        case .object(let kind, let reference): return .object(try object(try registryKind(kind), reference))
        case .all(let kind, let container, let reference):
            return .all(try registryKind(kind), in: try object(try registryKind(container), reference))
        case .future(let kind, let container, let reference):
            return .future(try registryKind(kind), in: try object(try registryKind(container), reference))
        }
    }

    /// The kind of the catalog for the kind that a statement names.
    func registryKind(_ kind: SnowflakeSQL.ObjectKind) throws -> Types.ObjectKind {
        switch kind {
        case .model: return .model
        case .table: return .table
        case .view: return .view
        case .schema: return .schema
        case .database: return .database
        case .stage: return .stage
        case .fileFormat: return .fileFormat
        case .tag: return .tag
        case .warehouse: return .warehouse
        case .role: return .role
        case .user: return .user
        case .account: return .account
        case .function, .procedure, .sequence:
            throw RegistryError(.unsupported, "\(kind.plural.capitalized) are not supported.")
        }
    }

    /// An object of any kind that a statement names.
    func object(_ kind: Types.ObjectKind, _ reference: ObjectReference) throws -> ObjectRef {
        switch kind {
        case .account: return .account
        case .database:
            return try engine.registry.findDatabase(try simpleName(reference, kind: "database"), as: principal)
                .reference
        case .schema: return try engine.registry.findSchema(try namespace(reference), as: principal).reference
        case .warehouse, .role, .user:
            return try engine.registry.findAccountObject(
                kind, try simpleName(reference, kind: kind.word.lowercased()), as: principal
            ).reference
        case .model, .table, .view, .stage, .fileFormat, .tag:
            return try engine.registry.find(
                kind, try resolve(reference, kind: kind.word.lowercased()), session: session.id, as: principal
            ).reference
        }
    }

    // MARK: Roles

    func createRole(_ create: CreateWithOptions) throws -> StatementResult {
        let mode = try createMode(orReplace: create.orReplace, ifNotExists: create.ifNotExists)
        let name = try simpleName(create.name, kind: "role")
        let isNew = try engine.accounts.createRole(
            name, comment: create.comment ?? "", ifNotExists: mode == .ifNotExists, orReplace: mode == .orReplace,
            as: principal)
        return status(isNew ? "Role \(name) successfully created." : "\(name) already exists, statement succeeded.")
    }
}
