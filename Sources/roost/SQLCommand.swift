import ArgumentParser
import Client
import Foundation

struct SQLCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sql",
        abstract: "Run SQL on a running server, or open a shell to it.",
        discussion: """
            With --command or --file, or when standard input is no terminal, the statements that are given run one after \
            the other; else a shell opens, in which !help says what there is. The password comes from ROOST_PASSWORD, a \
            token from ROOST_TOKEN; else the password is asked for.

            Data goes to standard output, words go to standard error. Exit codes: 0 all is done, 1 a statement failed, \
            2 the command line is wrong, 3 no connection or no login.

              roost sql -u ADMIN -d ML -s REGISTRY
              roost sql -u ADMIN -c "SHOW MODELS IN ACCOUNT" --format json | jq '.[].name'
              roost sql -u ADMIN -f setup.sql --echo --on-error continue
            """)

    /// What to do after a statement that failed.
    enum AfterError: String, ExpressibleByArgument, CaseIterable {
        case stop, `continue`
    }

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Statements to run, with ; between them. May be given several times.", valueName: "sql"))
    var command: [String] = []

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "File of statements to run; - is standard input. May be given several times.", valueName: "file"))
    var file: [String] = []

    @Option(help: "How results are printed.")
    var format: OutputFormat = .table

    @Option(help: "What to do after a statement that failed: stop or continue.")
    var onError: AfterError = .stop

    @Flag(help: "Show each statement on standard error before it runs.")
    var echo = false

    @Flag(help: "Say on standard error how many rows each statement gave and how long it took. The shell always does.")
    var timing = false

    func run() async throws {
        do {
            let texts = try texts()
            let access = try connection.access()
            let failures = try await access.withSession { session in
                let printer = StatementPrinter(
                    session, format: format, showsTiming: timing || texts == nil, isInteractive: texts == nil)
                guard let texts else {
                    try await shell(session, access, printer)
                    return 0
                }
                let runner = ScriptRunner(printer, continues: onError == .continue, echoes: echo)
                var failures = 0
                for (name, text) in texts {
                    failures += try await runner.run(text, name: name).failures
                    if failures > 0, onError == .stop { break }
                }
                return failures
            }
            if failures > 0 { throw ExitCode(1) }
        } catch let error as ClientError {
            throw CommandFailure.report(error)
        }
    }

    /// The texts to run with their names, nil for the shell.
    private func texts() throws -> [(String?, String)]? {
        var texts = command.map { (nil as String?, $0) }
        var files = file
        if texts.isEmpty, files.isEmpty {
            if Terminal.isInteractive { return nil }
            files = ["-"]
        }
        for path in files {
            let isInput = path == "-"
            let data =
                isInput
                ? try? FileHandle.standardInput.readToEnd() ?? Data()
                : try? Data(contentsOf: URL(fileURLWithPath: path))
            guard let data else { throw ClientError.usage("The file '\(path)' can't be read.") }
            guard let text = String(data: data, encoding: .utf8) else {
                throw ClientError.usage("The file '\(path)' is not UTF-8 text.")
            }
            texts.append((isInput ? "stdin" : path, text))
        }
        return texts
    }

    private func shell(_ session: ServerSession, _ access: ServerAccess, _ printer: StatementPrinter) async throws {
        let version = RoostCommand.configuration.version
        StandardOutput.say("roost \(version), connected to \(access.place.url). !help lists the commands.")
        let names = NameSource(access.session())
        let history = HistoryFile(HistoryFile.standardPlace(ProcessInfo.processInfo.environment))
        try await InteractiveShell(session, printer: printer, names: names, history: history).run()
        await names.close()
    }
}
