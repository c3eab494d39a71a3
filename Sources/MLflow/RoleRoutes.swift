import Access
import Engine
import HTTPTypes
import Registry
import Store
import Types

/// Roles as MLflow's AuthServiceClient manages them: they are the roles of SQL, all in the workspace `default`.
///
/// What a role may do is granted with SQL, whose privileges have no counterpart in MLflow's permissions.
extension MLflowDoor {
    static let roleRoutes: [Route] = {
        let base = "/3.0/mlflow/roles"
        return [
            Route(.post, "\(base)/create") { try $0.createRole($1) },
            Route(.get, "\(base)/get") { .make(["role": Self.render(try $0.role($1))]) },
            Route(.get, "\(base)/list") { try $0.listRoles($1) },
            Route(.patch, "\(base)/update") { try $0.updateRole($1) },
            Route(.delete, "\(base)/delete") { try $0.deleteRole($1) },
            Route(.post, "\(base)/assign") { try $0.assignRole($1) },
            Route(.delete, "\(base)/unassign") { try $0.unassignRole($1) },
            Route(.get, "\(base)/users/list") { try $0.usersOfRole($1) },
            Route(.get, "/3.0/mlflow/users/roles/list") { try $0.rolesOfUser($1) },
            Route(.get, "\(base)/permissions/list") { try $0.permissionsOfRole($1) },
            Route(.post, "\(base)/permissions/add") { try $0.refuseRolePermission($1, "GRANT <privilege> ON MODEL <model> TO ROLE") },
            Route(.delete, "\(base)/permissions/remove") { try $0.refuseRolePermission($1, "REVOKE <privilege> ON MODEL <model> FROM ROLE") },
            Route(.patch, "\(base)/permissions/update") { try $0.refuseRolePermission($1, "GRANT and REVOKE <privilege> ON MODEL <model> for ROLE") },
        ]
    }()

    private static let workspace = "default"

    private func checkWorkspace(_ call: Call) throws {
        for name in try call.arguments.texts("workspace") where name != Self.workspace {
            throw RegistryError(
                .invalidArgument, "There is no workspace '\(name.prefix(60))': this server has one, 'default'.")
        }
    }

    /// The role of a number, where the principal may see it.
    private func role(_ call: Call) throws -> ObjectRow {
        guard let id = try call.arguments.optionalInt("role_id") else {
            _ = try call.arguments.requiredText("role_id")
            throw RegistryError(.invalidArgument, "Missing value for required parameter 'role_id'.")
        }
        guard let role = try accounts.roles(as: call.principal).first(where: { $0.id == id }) else {
            throw RegistryError(.notFound, "Role with id=\(id) not found")
        }
        return role
    }

    private func role(named name: Identifier, _ call: Call) throws -> ObjectRow {
        guard let role = try accounts.roles(as: call.principal).first(where: { $0.name == name }) else {
            throw RegistryError(.notFound, "Role '\(name)' not found")
        }
        return role
    }

    private func roleName(_ text: String) throws -> Identifier {
        guard !text.isEmpty, text.count <= 255, !text.unicodeScalars.contains(where: { $0.value < 32 }) else {
            throw RegistryError(
                .invalidArgument, "Invalid role name '\(text.prefix(60))': 1 to 255 characters without control characters are allowed.")
        }
        return Identifier(written: text)
    }

    private func createRole(_ call: Call) throws -> JSON {
        try checkWorkspace(call)
        let name = try roleName(try call.arguments.requiredText("name"))
        try accounts.createRole(name, comment: try call.arguments.text("description"), as: call.principal)
        return .make(["role": Self.render(try role(named: name, call))])
    }

    private func listRoles(_ call: Call) throws -> JSON {
        try checkWorkspace(call)
        return .make(["roles": .array(try accounts.roles(as: call.principal).map(Self.render))])
    }

    private func updateRole(_ call: Call) throws -> JSON {
        let role = try role(call)
        let name = try call.arguments.optionalText("name").map { try roleName($0) }
        let description = try call.arguments.optionalText("description")
        guard name != nil || description != nil else {
            throw RegistryError(
                .invalidArgument, "At least one of 'name' or 'description' must be provided to update a role.")
        }
        try accounts.alterRole(role.name, newName: name, comment: description, as: call.principal)
        return .make(["role": Self.render(try self.role(named: name ?? role.name, call))])
    }

    private func deleteRole(_ call: Call) throws -> JSON {
        try accounts.dropRole(try role(call).name, as: call.principal)
        return .object([])
    }

    private func assignRole(_ call: Call) throws -> JSON {
        let (role, user) = (try role(call), try userName(call).name)
        try accounts.grantRole(role.name, to: .user, user, as: call.principal)
        return .make(["assignment": Self.assignment(role, try accounts.describeUser(user, as: call.principal).user)])
    }

    private func unassignRole(_ call: Call) throws -> JSON {
        try accounts.revokeRole(try role(call).name, from: .user, try userName(call).name, as: call.principal)
        return .object([])
    }

    private func rolesOfUser(_ call: Call) throws -> JSON {
        let held = Set(try accounts.roleGrants(toUser: try userName(call).name, as: call.principal).map(\.roleID))
        let roles = try accounts.roles(as: call.principal).filter { held.contains($0.id) }
        return .make(["roles": .array(roles.map(Self.render))])
    }

    private func usersOfRole(_ call: Call) throws -> JSON {
        let role = try role(call)
        let holders = try accounts.roleGrants(ofRole: role.name, as: call.principal)
            .filter { $0.granteeKind == .user }.map(\.grantee)
        let users = try accounts.users(as: call.principal).filter { holders.contains($0.name) }
        return .make(["assignments": .array(users.map { Self.assignment(role, $0) })])
    }

    private func permissionsOfRole(_ call: Call) throws -> JSON {
        let role = try role(call)
        throw Self.noPermissions("SHOW GRANTS TO ROLE \(role.name) tells what the role may do.")
    }

    private func refuseRolePermission(_ call: Call, _ statement: String) throws -> JSON {
        let name = try call.arguments.optionalInt("role_id") == nil ? "<role>" : "\(try role(call).name)"
        throw Self.noPermissions("\(statement) \(name).")
    }

    private static func render(_ role: ObjectRow) -> JSON {
        .make([
            "id": .number("\(role.id)"), "name": .string(role.name.name), "workspace": .string(workspace),
            "description": role.comment.isEmpty ? .null : .string(role.comment), "permissions": .array([]),
        ])
    }

    /// One user has a role once: the user's number will do for the assignment's.
    private static func assignment(_ role: ObjectRow, _ user: UserRow) -> JSON {
        let id = JSON.number("\(user.object.id)")
        return .make(["id": id, "user_id": id, "role_id": .number("\(role.id)")])
    }
}
