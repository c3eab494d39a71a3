import ArgumentParser
import Client
import Foundation

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Copy models from another registry.",
        subcommands: [ImportMLflowCommand.self])
}

struct ImportMLflowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mlflow",
        abstract: "Copy registered models from an MLflow server.",
        discussion: """
            Versions keep their numbers, and come with their files, aliases, tags, stages, descriptions, and the runs that \
            they are from. It can be run again at any time: what is there is left alone, and what was cut off goes on. Every \
            file that is copied is compared by its SHA-256.

            Who calls the MLflow server is said by MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or by \
            MLFLOW_TRACKING_TOKEN. In Roost it acts in the user's default role.

              roost import mlflow http://mlflow.example:5000 --user ADMIN --dry-run
              roost import mlflow http://mlflow.example:5000 --user ADMIN --model iris --model churn

            Exit codes: 0 all is there; 1 something could not be copied; 2 the command line is wrong; 3 no connection to one \
            of the servers, or no login; 130 interrupted: run it again to go on.
            """)

    @Argument(help: "URL of the MLflow server.")
    var url: String

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Import this registered model; may be repeated. Default: all.", valueName: "name"))
    var model: [String] = []

    @Flag(help: "Change nothing: only say what would be copied.")
    var dryRun = false

    @Option(
        help: ArgumentHelp("PEM file of a certificate to trust for the MLflow server.", valueName: "file"))
    var sourceCaCertificate: String?

    @Flag(name: [.short, .long], help: "Print only the versions that were copied, one a line, and no progress.")
    var quiet = false

    @OptionGroup var options: StatementOptions

    func run() async throws {
        try await StatementCommand.reporting {
            let environment = ProcessInfo.processInfo.environment
            let source = try TrackingServer(
                url: url, certificateFile: sourceCaCertificate, identity: Self.identity(environment))
            let connection = options.connection
            let unused = [connection.database, connection.schema, connection.role, connection.warehouse]
            guard unused.allSatisfy({ $0 == nil }) else {
                throw ClientError.usage(
                    "--database, --schema, --role and --warehouse do not apply: models go to ML.REGISTRY, in the user's "
                        + "default role.")
            }
            let access = try connection.access()
            let identity: TrackingServer.Identity =
                switch access.credential {
                case .password(let password): .basic(user: access.start.user, password: password)
                case .token(let token): .bearer(token)
                }
            let target = TrackingServer(
                place: access.place, identity: identity,
                advice: "Is it running? --host and --port (ROOST_HOST, ROOST_PORT) say where it is.")
            let signals = InterruptSignal { _ in
                StandardOutput.say("roost: interrupted. What was copied is kept: run the same command again to go on.")
                Foundation.exit(130)
            }
            defer { signals.stop() }
            let isQuiet = quiet
            let work = ModelImport(from: source, to: target, isDryRun: dryRun) { text in
                if !isQuiet { StandardOutput.say(PlainText.oneLine(text)) }
            }
            var lines: [ModelImport.Line] = []
            do {
                try await work.run(model) { lines.append($0) }
            } catch {
                // What was done before is done.
                print(lines)
                throw error
            }
            await source.close()
            await target.close()
            print(lines)
            let failures = lines.filter { $0.state == .failed }
            for line in failures {
                let version = line.version.isEmpty ? "" : " version \(line.version)"
                StandardOutput.say("roost: \(PlainText.oneLine("\(line.model)\(version): \(line.note)"))")
            }
            if !failures.isEmpty { throw ExitCode(1) }
        }
    }

    private func print(_ lines: [ModelImport.Line]) {
        let output = StandardOutput()
        if quiet {
            for line in lines where line.state == .imported || line.state == .planned {
                output.write(PlainText.oneLine("\(line.model)\(line.version.isEmpty ? "" : "/\(line.version)")") + "\n")
            }
        } else {
            let writer = options.format.writer([
                ResultField(name: "model", type: "text"), ResultField(name: "version", type: "text"),
                ResultField(name: "state", type: "text"), ResultField(name: "files", type: "fixed"),
                ResultField(name: "bytes", type: "fixed"),
            ]) { output.write($0) }
            writer.append(lines.map { [$0.model, $0.version, $0.state.rawValue, "\($0.files)", "\($0.bytes)"] })
            writer.finish()
        }
        output.flush()
    }

    /// Who calls the MLflow server, as MLflow's own client is told.
    private static func identity(_ environment: [String: String]) throws -> TrackingServer.Identity {
        func value(_ key: String) -> String? { environment[key].flatMap { $0.isEmpty ? nil : $0 } }
        if let token = value("MLFLOW_TRACKING_TOKEN") { return .bearer(token) }
        guard let user = value("MLFLOW_TRACKING_USERNAME") else { return .nobody }
        guard let password = value("MLFLOW_TRACKING_PASSWORD") else {
            throw ClientError.usage("MLFLOW_TRACKING_USERNAME is set and MLFLOW_TRACKING_PASSWORD is not.")
        }
        return .basic(user: user, password: password)
    }
}
