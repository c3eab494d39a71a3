import ArgumentParser
import Client
import Server

@main
struct RoostCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roost",
        abstract: "A self-hosted registry for machine-learning models.",
        discussion: """
            Start a server with 'roost serve', and work with it by 'roost sql'; see the help of each command for all it \
            takes. 'roost --generate-completion-script bash' (or zsh, fish) prints completions for a shell.

            Exit codes: 0 all is done; 1 a statement failed; 2 the command line is wrong; 3 no connection to the server, \
            or no login; from 6 on, of what works on the machine itself: 6 wrong input, 7 missing, 8 not allowed, 9 busy or \
            conflicting, 10 unavailable, 11 a fault of Roost.
            """,
        version: RoostServer.version,
        groupedSubcommands: [
            CommandGroup(
                name: "Server",
                subcommands: [ServeCommand.self, DoctorCommand.self, AdminCommand.self, AuditCommand.self]),
            CommandGroup(name: "SQL", subcommands: [SQLCommand.self]),
            CommandGroup(name: "Models", subcommands: [LogCommand.self, ImportCommand.self]),
            CommandGroup(
                name: "Storage", subcommands: [BackupCommand.self, RestoreCommand.self, GCCommand.self]),
            CommandGroup(
                name: "Account", subcommands: [UserCommand.self, RoleCommand.self, TokenCommand.self]),
        ])

    /// Runs the command that the arguments name. A command line that is wrong ends with 2.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            StandardOutput.say(fullMessage(for: error))
            exit(withError: ExitCode(2))
        }
    }
}
