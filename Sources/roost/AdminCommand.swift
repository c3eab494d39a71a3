import ArgumentParser
import Foundation
import Server
import Types

struct AdminCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "admin", abstract: "Work on a server's data directory while the server is stopped.",
        subcommands: [ResetPassword.self])

    struct ResetPassword: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "reset-password",
            abstract: "Give a user a new password and print it.",
            discussion: """
                The way back in when the administrator's password is lost. Works on the machine itself, with the server \
                stopped. Takes the new password from ROOST_NEW_PASSWORD, else generates one.
                """)

        @OptionGroup var settings: SettingOptions

        @Argument(help: "The user's name; default: the administrator.")
        var user: String?

        func run() async throws {
            do {
                let configuration = try await settings.configuration()
                let given = ProcessInfo.processInfo.environment["ROOST_NEW_PASSWORD"]
                let password = try Administration.resetPassword(of: user, to: given, configuration: configuration)
                if given == nil { print(password) }
            } catch let error as RegistryError {
                throw CommandFailure.report(error)
            }
        }
    }
}
