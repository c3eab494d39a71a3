import ArgumentParser
import Client

struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Users of a running server: who may log in.",
        discussion: "Each command is a statement to the server, and needs a role that may run it.",
        subcommands: [
            List.self, Create.self, Alter.self, ResetPassword.self, Enable.self, Disable.self, Drop.self, Grants.self,
            Grant.self, Revoke.self,
        ])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List the users.")

        @OptionGroup var options: StatementOptions

        @Flag(name: [.short, .long], help: "Print only the names.")
        var quiet = false

        func run() async throws {
            try await StatementCommand.list(
                "SHOW USERS",
                columns: [
                    "name", "disabled", "default_role", "email", "display_name", "last_success_login", "comment",
                ],
                quiet: quiet, options)
        }
    }

    /// What a user is given when it is made or changed.
    struct Properties: ParsableArguments {
        @Option(help: "Role that sessions begin in.") var defaultRole: String?
        @Option(help: "Warehouse that sessions begin with.") var defaultWarehouse: String?
        @Option(help: "Database, or database and schema, that sessions begin in.") var defaultNamespace: String?
        @Option(help: "Name for people.") var displayName: String?
        @Option(help: "Address for mail.") var email: String?
        @Option(help: "Words about the user.") var comment: String?

        var clauses: [String] {
            [
                SQLWord.property("DEFAULT_ROLE", defaultRole), SQLWord.property("DEFAULT_WAREHOUSE", defaultWarehouse),
                SQLWord.property("DEFAULT_NAMESPACE", defaultNamespace), SQLWord.property("DISPLAY_NAME", displayName),
                SQLWord.property("EMAIL", email), SQLWord.property("COMMENT", comment),
            ].compactMap(\.self)
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Create a user.",
            discussion: """
                The password comes from ROOST_NEW_PASSWORD, or is asked for. A default role is granted to the user, too.
                """)

        @Argument(help: "The user's name.") var name: String
        @OptionGroup(title: "Properties") var properties: Properties
        @Flag(help: "Generate the password and print it.") var generate = false
        @Flag(help: "Create a user who has no password, and logs in by other means.") var noPassword = false
        @OptionGroup var options: StatementOptions

        func run() async throws {
            try await StatementCommand.reporting {
                let user = try SQLWord.name(name)
                let secret = noPassword ? nil : try NewPassword.read(for: user, generate: generate)
                let clauses = [SQLWord.property("PASSWORD", secret?.password)].compactMap(\.self) + properties.clauses
                try await options.connection.access().withSession { session in
                    _ = try await session.run("CREATE USER \(user) \(clauses.joined(separator: " "))")
                    if let role = properties.defaultRole {
                        _ = try await session.run("GRANT ROLE \(try SQLWord.name(role)) TO USER \(user)")
                    }
                }
                if let secret, secret.isGenerated { print(secret.password) }
            }
        }
    }

    struct Alter: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "alter", abstract: "Change what is noted of a user.")

        @Argument(help: "The user's name.") var name: String
        @OptionGroup(title: "Properties") var properties: Properties
        @OptionGroup var options: StatementOptions

        func validate() throws {
            if properties.clauses.isEmpty { throw ValidationError("Nothing to change is given.") }
        }

        func run() async throws {
            try await StatementCommand.run(options) { _ in
                "ALTER USER \(try SQLWord.name(name)) SET \(properties.clauses.joined(separator: " "))"
            }
        }
    }

    struct ResetPassword: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "reset-password", abstract: "Give a user a new password.",
            discussion: """
                The password comes from ROOST_NEW_PASSWORD, or is asked for. For the administrator's own lost password \
                there is 'roost admin reset-password', with the server stopped.
                """)

        @Argument(help: "The user's name.") var name: String
        @Flag(help: "Generate the password and print it.") var generate = false
        @OptionGroup var options: StatementOptions

        func run() async throws {
            try await StatementCommand.reporting {
                let user = try SQLWord.name(name)
                let secret = try NewPassword.read(for: user, generate: generate)
                try await options.connection.access().withSession { session in
                    _ = try await session.run("ALTER USER \(user) SET PASSWORD = \(SQLWord.literal(secret.password))")
                }
                if secret.isGenerated { print(secret.password) }
            }
        }
    }

    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "enable", abstract: "Let a user log in again.")
        @Argument(help: "The user's name.") var name: String
        @OptionGroup var options: StatementOptions

        func run() async throws {
            try await StatementCommand.run(options) { _ in "ALTER USER \(try SQLWord.name(name)) SET DISABLED = FALSE" }
        }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "disable", abstract: "Let a user log in no more; open sessions end.")
        @Argument(help: "The user's name.") var name: String
        @OptionGroup var options: StatementOptions

        func run() async throws {
            try await StatementCommand.run(options) { _ in "ALTER USER \(try SQLWord.name(name)) SET DISABLED = TRUE" }
        }
    }

    struct Drop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "drop", abstract: "Drop a user.")
        @Argument(help: "The user's name.") var name: String
        @Flag(help: "Be content where there is no such user.") var ifExists = false
        @OptionGroup var options: StatementOptions

        func run() async throws {
            try await StatementCommand.run(options) { _ in
                "DROP USER \(ifExists ? "IF EXISTS " : "")\(try SQLWord.name(name))"
            }
        }
    }

    struct Grants: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "grants", abstract: "List the roles of a user.")
        @Argument(help: "The user's name.") var name: String
        @Flag(name: [.short, .long], help: "Print only the roles' names.") var quiet = false
        @OptionGroup var options: StatementOptions

        func run() async throws {
            try await StatementCommand.reporting {
                try await StatementCommand.list(
                    "SHOW GRANTS TO USER \(try SQLWord.name(name))", columns: ["role", "granted_by", "created_on"],
                    quiet: quiet, options)
            }
        }
    }

    struct Grant: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "grant", abstract: "Give a user a role.")
        @Argument(help: "The user's name.") var name: String
        @Argument(help: "The role's name.") var grantedRole: String
        @OptionGroup var options: StatementOptions

        func run() async throws {
            try await StatementCommand.run(options) { _ in
                "GRANT ROLE \(try SQLWord.name(grantedRole)) TO USER \(try SQLWord.name(name))"
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "revoke", abstract: "Take a role from a user.")
        @Argument(help: "The user's name.") var name: String
        @Argument(help: "The role's name.") var revokedRole: String
        @OptionGroup var options: StatementOptions

        func run() async throws {
            try await StatementCommand.run(options) { _ in
                "REVOKE ROLE \(try SQLWord.name(revokedRole)) FROM USER \(try SQLWord.name(name))"
            }
        }
    }
}
