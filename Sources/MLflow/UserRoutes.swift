import Access
import Engine
import HTTPTypes
import NIOPosix
import Registry
import Store
import Tracking
import Types

/// Users as MLflow's AuthServiceClient manages them: they are the users of SQL, with its rules.
///
/// Source: mlflow.server.auth.client.
extension MLflowDoor {
    static let userRoutes: [Route] = {
        let base = "/2.0/mlflow/users"
        let permissions = "/3.0/mlflow/users/permissions"
        return [
            Route(.post, "\(base)/create") { try $0.createUser($1) },
            Route(.get, "\(base)/get") { try $0.getUser($1) },
            Route(.get, "\(base)/list") { try $0.listUsers($1) },
            Route(.get, "\(base)/current") { try $0.currentUser($1) },
            Route(.patch, "\(base)/update-password", waiting: { try await $0.updatePassword($1) }),
            Route(.patch, "\(base)/update-admin") { try $0.updateAdmin($1) },
            Route(.delete, "\(base)/delete") { try $0.deleteUser($1) },
            Route(.get, "\(permissions)/get") { try $0.getPermission($1) },
            Route(.post, "\(permissions)/grant") { try $0.refusePermission($1, "GRANT", "TO") },
            Route(.post, "\(permissions)/revoke") { try $0.refusePermission($1, "REVOKE", "FROM") },
        ]
    }()

    /// The user that a call names. A plain name stands for the same user however it is spelled, as in SQL.
    func userName(_ call: Call) throws -> (text: String, name: Identifier) {
        let text = try call.arguments.requiredText("username")
        guard text.count <= 255, !text.unicodeScalars.contains(where: { $0.value < 32 }) else {
            throw RegistryError(
                .invalidArgument, "Invalid user name '\(text.prefix(60))': at most 255 characters and no control characters are allowed.")
        }
        return (text, Identifier(written: text))
    }

    private func createUser(_ call: Call) throws -> JSON {
        let (text, name) = try userName(call)
        var properties = Accounts.UserProperties()
        properties.password = .some(try call.arguments.requiredText("password"))
        try accounts.createUser(name, properties, as: call.principal)
        return .make(["user": render(try accounts.describeUser(name, as: call.principal).user, as: text)])
    }

    private func getUser(_ call: Call) throws -> JSON {
        let (text, name) = try userName(call)
        return .make(["user": render(try accounts.describeUser(name, as: call.principal).user, as: text)])
    }

    private func listUsers(_ call: Call) throws -> JSON {
        .make(["users": .array(try accounts.users(as: call.principal).map { render($0) })])
    }

    private func currentUser(_ call: Call) throws -> JSON {
        let user = try accounts.describeUser(call.principal.user, as: call.principal).user
        return .make(["user": render(user), "is_basic_auth": .bool(true)])
    }

    /// Users who change their own password show the present one, so that a browser left open does not do for it.
    private func updatePassword(_ call: Call) async throws -> JSON {
        let (_, name) = try userName(call)
        let password = try call.arguments.requiredText("password")
        if name == call.principal.user {
            guard let present = try call.arguments.optionalText("current_password"), !present.isEmpty else {
                throw RegistryError(
                    .invalidArgument, "Current password is required when changing your own password.")
            }
            guard password != present else {
                throw RegistryError(.invalidArgument, "New password must differ from the current password.")
            }
            try await requirePassword(present, of: call.principal)
        }
        var properties = Accounts.UserProperties()
        properties.password = .some(password)
        let changes = properties
        try await blocking.runIfActive { try accounts.alterUser(name, changes, as: call.principal) }
        return .object([])
    }

    private func requirePassword(_ password: String, of principal: Principal) async throws {
        let login = try await blocking.runIfActive {
            try accounts.describeUser(principal.user, as: principal).user.loginName
        }
        do {
            let shown = try await self.login(login, .password(password)).principal
            guard shown.user == principal.user else { throw RegistryError(.unauthenticated, "") }
        } catch let error as RegistryError where error.code == .unauthenticated {
            throw RegistryError(.invalidArgument, "Current password does not match.", cause: error)
        }
    }

    /// An administrator is who holds ACCOUNTADMIN.
    private func updateAdmin(_ call: Call) throws -> JSON {
        let (text, name) = try userName(call)
        guard let isAdmin = try call.arguments.optionalFlag("is_admin") else {
            _ = try call.arguments.requiredText("is_admin")
            return .object([])
        }
        let top = SystemRole.accountAdmin.name
        let user = try accounts.describeUser(name, as: call.principal).user
        if isAdmin {
            try accounts.grantRole(top, to: .user, name, as: call.principal)
            // Calls of MLflow's act in the default role.
            if user.defaultRole == nil {
                var properties = Accounts.UserProperties()
                properties.defaultRole = .some(top)
                try accounts.alterUser(name, properties, as: call.principal)
            }
        } else {
            try accounts.revokeRole(top, from: .user, name, as: call.principal)
            if isAdministrator(user) {
                throw RegistryError(
                    .failedPrecondition, "User '\(text)' holds ACCOUNTADMIN through another role.",
                    hint: "SHOW GRANTS TO USER \(name) tells its roles; REVOKE ROLE … FROM USER \(name) takes one.")
            }
        }
        return .object([])
    }

    private func deleteUser(_ call: Call) throws -> JSON {
        let (_, name) = try userName(call)
        try accounts.dropUser(name, as: call.principal)
        return .object([])
    }

    private func isAdministrator(_ user: UserRow) -> Bool {
        // A user who is disabled may act in no role.
        let roles = (try? accounts.availableRoles(user.name)) ?? []
        return roles.contains(SystemRole.accountAdmin.name)
    }

    private func render(_ user: UserRow, as text: String? = nil) -> JSON {
        .make([
            "id": .number("\(user.object.id)"), "username": .string(text ?? user.name.name),
            "is_admin": .bool(isAdministrator(user)),
        ])
    }

    // MARK: Permissions

    /// What a user may do, acting in its default role, in MLflow's words.
    private func getPermission(_ call: Call) throws -> JSON {
        let (_, name) = try userName(call)
        _ = try accounts.describeUser(name, as: call.principal)
        let user = try accounts.principal(name)
        let permission: String
        switch try resource(call) {
        case .model(let model, let text):
            permission = try aboutModel(text) {
                let may = try registry.rights(of: user, on: model, as: call.principal)
                return may.manages ? "MANAGE" : may.runs ? "USE" : may.sees ? "READ" : "NO_PERMISSIONS"
            }
        case .experiment(let id):
            _ = try tracking.experiment(id, as: call.principal)
            permission = try tracking.mayWrite(as: user) ? "MANAGE" : tracking.mayRead(as: user) ? "READ" : "NO_PERMISSIONS"
        }
        return .make(["allowed": .bool(["USE", "EDIT", "MANAGE"].contains(permission)), "permission": .string(permission)])
    }

    private enum Resource {
        case model(ObjectName, text: String)
        case experiment(Int64)
    }

    private func resource(_ call: Call) throws -> Resource {
        let (type, id) = (try call.arguments.requiredText("resource_type"), try call.arguments.requiredText("resource_id"))
        switch type {
        case "registered_model": return .model(try modelName(id, as: call.principal).name, text: id)
        case "experiment": return .experiment(try Self.experimentID(id))
        default:
            throw RegistryError(
                .invalidArgument,
                "There are no permissions on a resource of type '\(type.prefix(60))': registered_model and experiment are known.")
        }
    }

    /// Privileges go to roles here and not to users: says which statements do what was asked for.
    private func refusePermission(_ call: Call, _ verb: String, _ to: String) throws -> JSON {
        let (_, name) = try userName(call)
        _ = try accounts.describeUser(name, as: call.principal)
        let statement: String
        switch try resource(call) {
        case .model(let model, let text):
            _ = try aboutModel(text) { try registry.registeredModel(model, as: call.principal) }
            let permission = try call.arguments.text("permission")
            let privilege = ["READ": "READ", "USE": "USAGE"][permission] ?? (verb == "GRANT" && !permission.isEmpty ? "OWNERSHIP" : "ALL")
            statement = "\(verb) \(privilege) ON MODEL \(model) \(to) ROLE <role>"
        case .experiment:
            statement = "\(verb) USAGE (to read) or CREATE MODEL (to write) ON SCHEMA \(tracking.home) \(to) ROLE <role>"
        }
        throw Self.noPermissions("\(statement); GRANT ROLE <role> TO USER \(name).")
    }

    static func noPermissions(_ statement: String) -> RegistryError {
        RegistryError(
            .invalidArgument, "Permissions are given to roles, with SQL: this call changes none.", hint: statement)
    }
}
