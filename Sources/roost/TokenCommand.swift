import ArgumentParser
import Client
import Types

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Programmatic access tokens: logins for programs.",
        discussion: "A token takes the place of a password, in one role where it is bound to it, until it expires.",
        subcommands: [List.self, Create.self, Revoke.self])

    /// Whose tokens: those of another user, or of the one who is logged in.
    struct Owner: ParsableArguments {
        @Option(help: ArgumentHelp("The user whose token it is. Default: who is logged in.", valueName: "name"))
        var forUser: String?

        func name(_ state: SessionState) throws -> String {
            try forUser.map { try SQLWord.name($0) } ?? Identifier(resolved: state.user).description
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List a user's tokens.")
        @OptionGroup var owner: Owner
        @Flag(name: [.short, .long], help: "Print only the names.") var quiet = false
        @OptionGroup var options: StatementOptions

        func run() async throws {
            try await StatementCommand.reporting {
                try await options.connection.access().withSession { session in
                    let user = try owner.name(await session.state)
                    try await StatementCommand.list(
                        try await session.run("SHOW USER PROGRAMMATIC ACCESS TOKENS FOR USER \(user)"),
                        columns: ["name", "status", "role_restriction", "expires_at", "created_by", "comment"],
                        quiet: quiet, options)
                }
            }
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Create a token and print it, this once.",
            discussion:
                "The token alone goes to standard output in the form of a table: TOKEN=$(roost token create ci).")
        @Argument(help: "The token's name.") var name: String
        @OptionGroup var owner: Owner
        @Option(help: "The one role that the token acts in.") var roleRestriction: String?
        @Option(help: "Days until it expires.") var days: Int?
        @Option(help: "Words about the token.") var comment: String?
        @OptionGroup var options: StatementOptions

        func run() async throws {
            try await StatementCommand.reporting {
                try await options.connection.access().withSession { session in
                    let user = try owner.name(await session.state)
                    let clauses = [
                        SQLWord.property("ROLE_RESTRICTION", roleRestriction), days.map { "DAYS_TO_EXPIRY = \($0)" },
                        SQLWord.property("COMMENT", comment),
                    ].compactMap(\.self)
                    let sql = "ALTER USER \(user) ADD PROGRAMMATIC ACCESS TOKEN \(try SQLWord.name(name))"
                    let outcome = try await session.run(([sql] + clauses).joined(separator: " "))
                    try await StatementCommand.list(
                        outcome, columns: ["token_secret"], quiet: options.format == .table, options)
                }
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke", abstract: "Remove a token: it logs nobody in any more.")
        @Argument(help: "The token's name.") var name: String
        @OptionGroup var owner: Owner
        @OptionGroup var options: StatementOptions

        func run() async throws {
            try await StatementCommand.run(options) { state in
                "ALTER USER \(try owner.name(state)) REMOVE PROGRAMMATIC ACCESS TOKEN \(try SQLWord.name(name))"
            }
        }
    }
}
