/// A command to the shell itself: a line that begins with `!` or `.`, or `exit` and `quit` by themselves.
package enum ShellCommand: Hashable, Sendable {
    case help, quit
    case format(OutputFormat)
    case timing(Bool)
    /// Run the statements of a file.
    case source(String)
    /// What there is no command for, with what to say about it.
    case unknown(String)

    /// What Tab offers after a `!`.
    static let words = ["!exit", "!format", "!help", "!quit", "!source", "!timing"]

    package static let instructions = """
        Statements end with ; and may take several lines. Commands stand on a line by themselves:
          !help                 this text                 (also .help)
          !quit, !exit          end the session           (also .quit, .exit, quit, exit, Ctrl-D)
          !format FORMAT        print results as table, vertical, csv or json
          !timing on|off        say how long each statement took
          !source FILE          run the statements of a file
        Keys: Tab completes keywords and names, Up and Down go through the history, Ctrl-R searches it, Ctrl-C gives up
        what is typed, or cancels the statement that runs.

        """

    /// The command in a text, nil where it is SQL.
    package init?(_ text: String) {
        var words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        guard let first = words.first else { return nil }
        let word: String
        if first.hasPrefix("!") || first.hasPrefix("."), first.dropFirst().first?.isLetter == true {
            word = String(first.dropFirst()).lowercased()
        } else if words.count == 1, ["exit", "quit", "exit;", "quit;"].contains(first.lowercased()) {
            word = "quit"
        } else {
            return nil
        }
        if let last = words.last, last.hasSuffix(";"), words.count > 1 { words[words.count - 1].removeLast() }
        let arguments = words.dropFirst().filter { !$0.isEmpty }
        switch (word.hasSuffix(";") ? String(word.dropLast()) : word, arguments.first) {
        case ("help", _): self = .help
        case ("quit", _), ("exit", _): self = .quit
        case ("format", let name?):
            guard let format = OutputFormat(rawValue: name.lowercased()) else {
                let known = OutputFormat.allCases.map(\.rawValue).joined(separator: ", ")
                self = .unknown("There is no format '\(name)'. Formats: \(known).")
                return
            }
            self = .format(format)
        case ("timing", let state?) where ["on", "off"].contains(state.lowercased()):
            self = .timing(state.lowercased() == "on")
        case ("source", .some): self = .source(arguments.joined(separator: " "))
        default: self = .unknown("There is no command '\(first)' with these arguments. !help lists the commands.")
        }
    }
}
