/// Where each character of a text stands on a terminal, with prompts and wrapped lines.
package struct ScreenText: Hashable, Sendable {
    /// What is written to the terminal, from the beginning of a line.
    package let output: String
    /// Lines that the text takes, at least 1.
    package let rows: Int
    /// Of the cursor, from 0.
    package let cursorRow: Int
    package let cursorColumn: Int

    /// - Parameters:
    ///   - prompt: before the first line.
    ///   - continuation: before every further line.
    ///   - width: columns of the terminal.
    package init(_ text: [Character], cursor: Int, prompt: String, continuation: String, width: Int) {
        let width = max(width, 20)
        var output = prompt
        var row = 0
        var column = TextWidth.columns(of: prompt)
        var place: (row: Int, column: Int)?
        for (index, character) in text.enumerated() {
            let isBreak = character == "\n"
            let size = isBreak ? 0 : ScreenText.columns(of: character)
            if column + size > width || (column == width && index == cursor) {
                output += "\r\n"
                row += 1
                column = 0
            }
            if index == cursor { place = (row, column) }
            if isBreak {
                output += "\r\n" + continuation
                row += 1
                column = TextWidth.columns(of: continuation)
            } else {
                output += PlainText.oneLine(String(character))
                column += size
            }
        }
        if cursor >= text.count {
            if column >= width {
                output += "\r\n"
                row += 1
                column = 0
            }
            place = (row, column)
        }
        self.output = output
        rows = row + 1
        cursorRow = place?.row ?? row
        cursorColumn = place?.column ?? column
    }

    private static func columns(of character: Character) -> Int {
        let text = PlainText.oneLine(String(character))
        if text.utf8.count > 1, text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
        return text.unicodeScalars.map { TextWidth.columns(of: $0) }.max() ?? 0
    }
}
