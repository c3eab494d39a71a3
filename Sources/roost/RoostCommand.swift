import ArgumentParser
import Server

@main
struct RoostCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roost",
        abstract: "A self-hosted registry for machine-learning models.",
        discussion: "Start it with 'roost serve'; see 'roost serve --help' for every setting.",
        version: RoostServer.version,
        subcommands: [ServeCommand.self, DoctorCommand.self, AdminCommand.self, AuditCommand.self])
}
