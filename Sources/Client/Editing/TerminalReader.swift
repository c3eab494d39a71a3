import Foundation

/// Reads texts from a terminal with a ``LineEditor``, and keeps their history in a file.
///
/// Methods block: they are called on a thread of their own.
package final class TerminalReader {
    /// What a person gave.
    package enum Input: Sendable, Hashable {
        case text(String)
        /// Ctrl-C: what was typed is given up.
        case interrupted
        /// Ctrl-D, or the terminal is gone.
        case end
    }

    /// Milliseconds after which an escape by itself is the Escape key.
    private static let escapeMilliseconds: Int32 = 50

    private let history: HistoryFile
    private let isComplete: (String) -> Bool
    private let candidates: (String) -> [String]
    private var decoder = KeyDecoder()
    private var pending: [Key] = []
    private var cursorRow = 0

    /// - Parameters:
    ///   - isComplete: whether Enter ends a text.
    ///   - candidates: what may stand where a word begins so, for Tab; may block.
    package init(
        history: HistoryFile, isComplete: @escaping (String) -> Bool, candidates: @escaping (String) -> [String]
    ) {
        self.history = history
        self.isComplete = isComplete
        self.candidates = candidates
    }

    /// Reads one text, which is added to the history.
    package func read(prompt: String, continuation: String) -> Input {
        let input = Terminal.raw { () -> Input in
            Terminal.write("\u{1B}[?2004h")
            defer { Terminal.write("\u{1B}[?2004l") }
            return edit(prompt, continuation)
        }
        if case .text(let text) = input { history.append(text) }
        return input ?? .end
    }

    private func edit(_ prompt: String, _ continuation: String) -> Input {
        var editor = LineEditor(history: history.entries, isComplete: isComplete)
        cursorRow = 0
        draw(editor, prompt, continuation)
        while true {
            guard let key = nextKey() else {
                Terminal.write("\r\n")
                return .end
            }
            switch editor.handle(key) {
            case .none: break
            case .bell: Terminal.write("\u{7}")
            case .redraw: if pending.isEmpty { draw(editor, prompt, continuation) }
            case .clearScreen:
                Terminal.write("\u{1B}[H\u{1B}[2J")
                cursorRow = 0
                draw(editor, prompt, continuation)
            case .submit(let text):
                leave(editor, prompt, continuation)
                return .text(text)
            case .interrupt:
                leave(editor, prompt, continuation, mark: "^C")
                return .interrupted
            case .endOfInput:
                Terminal.write("\r\n")
                return .end
            case .complete:
                let choices = editor.complete(with: candidates(editor.wordToComplete))
                if !choices.isEmpty {
                    leave(editor, prompt, continuation)
                    let table = TerminalReader.columns(choices, width: Terminal.outputWidth ?? 80)
                    Terminal.write(table.replacing("\n", with: "\r\n"))
                }
                draw(editor, prompt, continuation)
            }
        }
    }

    private func nextKey() -> Key? {
        while pending.isEmpty {
            guard
                let bytes = Terminal.read(
                    timeoutMilliseconds: decoder.isWaiting ? TerminalReader.escapeMilliseconds : -1)
            else { return nil }
            pending += bytes.isEmpty ? decoder.flush() : decoder.feed(bytes)
        }
        return pending.removeFirst()
    }

    private func draw(_ editor: LineEditor, _ prompt: String, _ continuation: String) {
        let first = editor.searched.map { "search '\($0)': " } ?? prompt
        let screen = ScreenText(
            editor.text, cursor: editor.cursor, prompt: first, continuation: continuation,
            width: Terminal.outputWidth ?? 80)
        var output = cursorRow > 0 ? "\u{1B}[\(cursorRow)A" : ""
        output += "\r\u{1B}[J" + screen.output
        let up = screen.rows - 1 - screen.cursorRow
        if up > 0 { output += "\u{1B}[\(up)A" }
        output += "\r"
        if screen.cursorColumn > 0 { output += "\u{1B}[\(screen.cursorColumn)C" }
        cursorRow = screen.cursorRow
        Terminal.write(output)
    }

    /// Moves below the text, which stays.
    private func leave(_ editor: LineEditor, _ prompt: String, _ continuation: String, mark: String = "") {
        let screen = ScreenText(
            editor.text, cursor: editor.text.count, prompt: prompt, continuation: continuation,
            width: Terminal.outputWidth ?? 80)
        var output = cursorRow > 0 ? "\u{1B}[\(cursorRow)A" : ""
        output += "\r\u{1B}[J" + screen.output + mark + "\r\n"
        cursorRow = 0
        Terminal.write(output)
    }

    /// Words in columns, as many as the width holds.
    package static func columns(_ words: [String], width: Int, limit: Int = 200) -> String {
        let shown = words.prefix(limit).map { PlainText.oneLine($0) }
        let size = (shown.map { TextWidth.columns(of: $0) }.max() ?? 0) + 2
        let perLine = max(1, width / size)
        let lines = (shown.count + perLine - 1) / perLine
        var text = ""
        for line in 0..<lines {
            let words = stride(from: line, to: shown.count, by: lines).map { index in
                shown[index] + String(repeating: " ", count: size - TextWidth.columns(of: shown[index]))
            }
            var row = words.joined()
            while row.hasSuffix(" ") { row.removeLast() }
            text += row + "\n"
        }
        if words.count > limit { text += "… and \(words.count - limit) more\n" }
        return text
    }
}
