import ArgumentParser
import Server
import Types

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the server.",
        discussion: """
            Every setting is given as a flag, in the environment (ROOST_…) or in a YAML file (--config); flags win over \
            the environment, the environment over the file. The first start makes the data directory, the schemas \
            ML.REGISTRY and ML.PUBLIC and the administrator, whose generated password is shown once.
            """)

    @OptionGroup var settings: SettingOptions

    func run() async throws {
        do {
            try await RoostServer.run(try await settings.configuration())
        } catch let error as RegistryError {
            throw CommandFailure.report(error)
        }
    }
}
