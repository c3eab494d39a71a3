import ArgumentParser
import Server
import Types

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say which parts of the installation work.",
        discussion: "Exits with 10 when a part that models or SQL need does not work.")

    @OptionGroup var settings: SettingOptions

    func run() async throws {
        do {
            let report = try await Doctor.examine(try await settings.configuration())
            for line in report.lines { print(line) }
            if !report.isHealthy { throw ExitCode(10) }
        } catch let error as RegistryError {
            throw CommandFailure.report(error)
        }
    }
}
