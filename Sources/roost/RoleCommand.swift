import ArgumentParser
import Client

struct RoleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "role", abstract: "Roles of a running server: what users may do.",
        discussion: """
            Each command is a statement to the server, and needs a role that may run it. Privileges on models, tables and \
            the rest are granted to roles by SQL: roost sql -c "GRANT USAGE ON MODEL ml.registry.churn TO ROLE analyst".
            """,
        subcommands: [
            List.self, Create.self, Alter.self, Drop.self, Grants.self, Members.self, Grant.self, Revoke.self,
        ])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List the roles.")
        @Flag(name: [.short, .long], help: "Print only the names.") var quiet = false
        @OptionGroup var options: StatementOptions

        func run() async throws {
            try await StatementCommand.list(
                "SHOW ROLES",
                columns: ["name", "owner", "assigned_to_users", "granted_to_roles", "granted_roles", "comment"],
                quiet: quiet, options)
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "create", abstract: "Create a role.")
        @Argument(help: "The role's name.") var name: String
        @Option(help: "Words about the role.") var comment: String?
        @OptionGroup var options: StatementOptions

        func run() async throws {
            try await StatementCommand.run(options) { _ in
                let clause = SQLWord.property("COMMENT", comment).map { " \($0)" } ?? ""
                return "CREATE ROLE \(try SQLWord.name(name))\(clause)"
            }
        }
    }

    struct Alter: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "alter", abstract: "Change the words about a role.")
        @Argument(help: "The role's name.") var name: String
        @Option(help: "Words about the role.") var comment: String
        @OptionGroup var options: StatementOptions

        func run() async throws {
            try await StatementCommand.run(options) { _ in
                "ALTER ROLE \(try SQLWord.name(name)) SET COMMENT = \(SQLWord.literal(comment))"
            }
        }
    }

    struct Drop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "drop", abstract: "Drop a role.")
        @Argument(help: "The role's name.") var name: String
        @Flag(help: "Be content where there is no such role.") var ifExists = false
        @OptionGroup var options: StatementOptions

        func run() async throws {
            try await StatementCommand.run(options) { _ in
                "DROP ROLE \(ifExists ? "IF EXISTS " : "")\(try SQLWord.name(name))"
            }
        }
    }

    struct Grants: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "grants", abstract: "List what a role may do.")
        @Argument(help: "The role's name.") var name: String
        @OptionGroup var options: StatementOptions

        func run() async throws {
            try await StatementCommand.reporting {
                try await StatementCommand.list(
                    "SHOW GRANTS TO ROLE \(try SQLWord.name(name))",
                    columns: ["privilege", "granted_on", "name", "grant_option"], quiet: false, options)
            }
        }
    }

    struct Members: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "members", abstract: "List the users and roles that hold a role.")
        @Argument(help: "The role's name.") var name: String
        @OptionGroup var options: StatementOptions

        func run() async throws {
            try await StatementCommand.reporting {
                try await StatementCommand.list(
                    "SHOW GRANTS OF ROLE \(try SQLWord.name(name))",
                    columns: ["granted_to", "grantee_name", "granted_by"], quiet: false, options)
            }
        }
    }

    struct Grant: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "grant", abstract: "Give a role to a user or to another role.")
        @Argument(help: "The role's name.") var name: String
        @Option(help: "The user who gets it.") var toUser: String?
        @Option(help: "The role that gets it.") var toRole: String?
        @OptionGroup var options: StatementOptions

        func validate() throws {
            guard (toUser == nil) != (toRole == nil) else {
                throw ValidationError("Give one of --to-user and --to-role.")
            }
        }

        func run() async throws {
            try await StatementCommand.run(options) { _ in
                "GRANT ROLE \(try SQLWord.name(name)) TO \(try RoleCommand.holder(user: toUser, role: toRole))"
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke", abstract: "Take a role from a user or from another role.")
        @Argument(help: "The role's name.") var name: String
        @Option(help: "The user who loses it.") var fromUser: String?
        @Option(help: "The role that loses it.") var fromRole: String?
        @OptionGroup var options: StatementOptions

        func validate() throws {
            guard (fromUser == nil) != (fromRole == nil) else {
                throw ValidationError("Give one of --from-user and --from-role.")
            }
        }

        func run() async throws {
            try await StatementCommand.run(options) { _ in
                "REVOKE ROLE \(try SQLWord.name(name)) FROM \(try RoleCommand.holder(user: fromUser, role: fromRole))"
            }
        }
    }

    /// Who holds a role, as SQL names it.
    private static func holder(user: String?, role: String?) throws -> String {
        if let user { return "USER \(try SQLWord.name(user))" }
        return "ROLE \(try SQLWord.name(role ?? ""))"
    }
}
