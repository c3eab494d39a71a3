import Foundation

/// The shell that a person types into: reads statements, runs them, prints what they give.
package final class InteractiveShell {
    private let session: ServerSession
    private let printer: StatementPrinter
    private let names: NameSource
    private let history: HistoryFile
    /// Reading blocks: it has a thread of its own.
    private let keyboard = DispatchQueue(label: "roost.keyboard")

    package init(_ session: ServerSession, printer: StatementPrinter, names: NameSource, history: HistoryFile) {
        self.session = session
        self.printer = printer
        self.names = names
        self.history = history
    }

    /// Serves until the person leaves.
    ///
    /// - Throws: `ClientError` where the server is gone.
    package func run() async throws {
        let reader = KeyboardReader(
            TerminalReader(
                history: history,
                isComplete: { ShellCommand($0) != nil || StatementSplitter.isComplete($0) },
                candidates: { [names] in names.candidates(for: $0) }))
        while true {
            let state = await session.state
            let place = [state.database, state.schema].compactMap { $0 }.joined(separator: ".")
            let prompt = PlainText.oneLine(place.isEmpty ? "\(state.user)> " : "\(state.user)@\(place)> ")
            let continuation = String(repeating: " ", count: max(0, TextWidth.columns(of: prompt) - 3)) + "-> "
            let input = await withCheckedContinuation { done in
                keyboard.async { done.resume(returning: reader.read(prompt, continuation)) }
            }
            switch input {
            case .end: return
            case .interrupted: continue
            case .text(let text):
                if let command = ShellCommand(text) {
                    if command == .quit { return }
                    try await obey(command)
                } else {
                    try await runStatements(text, name: nil)
                }
            }
        }
    }

    private func obey(_ command: ShellCommand) async throws {
        switch command {
        case .quit: break
        case .help: Terminal.write(ShellCommand.instructions)
        case .format(let format): printer.format = format
        case .timing(let isOn): printer.showsTiming = isOn
        case .unknown(let words): StandardOutput.say(words)
        case .source(let path):
            let file = (path as NSString).expandingTildeInPath
            guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
                return StandardOutput.say("The file '\(file)' can't be read.")
            }
            try await runStatements(text, name: path)
        }
    }

    private func runStatements(_ text: String, name: String?) async throws {
        let logins = await session.logins
        do {
            _ = try await ScriptRunner(printer, continues: false, echoes: false).run(text, name: name)
        } catch let error as ClientError {
            // The shell stays: the server may come back.
            StandardOutput.say("error \(PlainText.lines(error.text))")
        }
        if await session.logins != logins {
            StandardOutput.say("The session was gone: this is a new one. Its variables and temporary objects are gone.")
        }
        names.forget()
    }
}

/// The reader on its thread: the shell waits for each text before it asks for the next.
private final class KeyboardReader: @unchecked Sendable {  // used by one thread at a time
    private let reader: TerminalReader

    init(_ reader: TerminalReader) {
        self.reader = reader
    }

    func read(_ prompt: String, _ continuation: String) -> TerminalReader.Input {
        reader.read(prompt: prompt, continuation: continuation)
    }
}
