import ArgumentParser
import Server
import Types

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Read a data directory's audit log, also while its server runs.",
        subcommands: [Verify.self, List.self])

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Check that no row of the audit log was changed or removed.",
            discussion: """
                Every row holds a hash over itself and the row before. Prints the last row's hash: kept elsewhere, it \
                tells later whether rows were cut off at the end. Exits with 11 where the chain is broken.
                """)

        @OptionGroup var settings: SettingOptions

        func run() async throws {
            do {
                print(try AuditReport.verify(try await settings.configuration()))
            } catch let error as RegistryError {
                throw CommandFailure.report(error)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Print the audit log: who changed what, and when.")

        @Option(name: .long, help: "Only changes of this model: MODEL, SCHEMA.MODEL or DB.SCHEMA.MODEL.")
        var model: String?

        @Option(name: .long, help: "table, csv or json (one object a line).")
        var format = AuditReport.Format.table.rawValue

        @OptionGroup var settings: SettingOptions

        func run() async throws {
            do {
                guard let format = AuditReport.Format(rawValue: format.lowercased()) else {
                    let known = AuditReport.Format.allCases.map(\.rawValue).joined(separator: ", ")
                    throw RegistryError(.invalidArgument, "There is no format '\(format)'.", hint: "Take one of \(known).")
                }
                _ = try AuditReport.list(
                    try await settings.configuration(), model: model, format: format, print: { print($0) })
            } catch let error as RegistryError {
                throw CommandFailure.report(error)
            }
        }
    }
}
