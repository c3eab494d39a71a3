/// The text that a person is typing, over one or more lines, and what each key does to it.
///
/// A pure state: keys go in, actions come out; ``TerminalReader`` reads the keys and draws. Enter ends the text where
/// `isComplete` says that it can be run, else it begins a new line. Up and Down move between lines, and from the first and
/// the last one through the history.
package struct LineEditor {
    /// What is to be done after a key.
    package enum Action: Hashable, Sendable {
        case none, redraw, clearScreen, bell
        /// The text is done.
        case submit(String)
        /// Ctrl-C: the text is given up.
        case interrupt
        /// Ctrl-D on an empty text.
        case endOfInput
        /// Tab: the names that may stand here are to be given to ``complete(with:)``.
        case complete
    }

    package private(set) var text: [Character] = []
    /// In `0...text.count`.
    package private(set) var cursor = 0
    /// What is searched for in the history, nil where nothing is.
    package private(set) var searched: String?

    private let history: [String]
    private let isComplete: (String) -> Bool
    /// The place in the history, `history.count` for the text that was being typed.
    private var place: Int
    private var draft: [Character] = []
    private var cut: [Character] = []

    /// - Parameter history: earlier texts, the oldest first.
    package init(history: [String], isComplete: @escaping (String) -> Bool) {
        self.history = history
        self.isComplete = isComplete
        place = history.count
    }

    package var content: String { String(text) }

    package mutating func handle(_ key: Key) -> Action {
        if searched != nil, let action = handleSearch(key) { return action }
        switch key {
        case .character(let character): return insert([character])
        case .paste(let pasted): return insert(Array(pasted.replacing("\t", with: "    ")))
        case .enter: return enter()
        case .tab: return .complete
        case .backspace: return remove(cursor - 1..<cursor)
        case .delete: return remove(cursor..<cursor + 1)
        case .escape: return .none
        case .left: return move(to: cursor - 1)
        case .right: return move(to: cursor + 1)
        case .home: return move(to: lineStart(of: cursor))
        case .end: return move(to: lineEnd(of: cursor))
        case .wordLeft: return move(to: wordStart)
        case .wordRight: return move(to: wordEnd)
        case .up: return up()
        case .down: return down()
        case .interrupt: return .interrupt
        case .endOfInput: return text.isEmpty ? .endOfInput : remove(cursor..<cursor + 1)
        case .cutToEnd: return take(cursor..<max(lineEnd(of: cursor), min(cursor + 1, text.count)))
        case .cutToStart: return take(lineStart(of: cursor)..<cursor)
        case .cutWord: return take(wordStart..<cursor)
        case .cutNextWord: return take(cursor..<wordEnd)
        case .insertCut: return insert(cut)
        case .search:
            searched = ""
            place = history.count
            draft = text
            return .redraw
        case .clearScreen: return .clearScreen
        }
    }

    // MARK: Editing

    private mutating func insert(_ characters: [Character]) -> Action {
        text.insert(contentsOf: characters, at: cursor)
        cursor += characters.count
        return .redraw
    }

    private mutating func remove(_ range: Range<Int>) -> Action {
        guard range.lowerBound >= 0, range.upperBound <= text.count, !range.isEmpty else { return .bell }
        text.removeSubrange(range)
        cursor = range.lowerBound
        return .redraw
    }

    private mutating func take(_ range: Range<Int>) -> Action {
        guard !range.isEmpty else { return .bell }
        cut = Array(text[range])
        return remove(range)
    }

    private mutating func move(to place: Int) -> Action {
        guard (0...text.count).contains(place) else { return .bell }
        cursor = place
        return .redraw
    }

    private mutating func enter() -> Action {
        let content = self.content
        if isComplete(content) { return .submit(content) }
        // A new line goes where the cursor is, but a statement that wants its end gets it at the end.
        return insert(["\n"])
    }

    private func lineStart(of place: Int) -> Int {
        text[..<place].lastIndex(of: "\n").map { $0 + 1 } ?? 0
    }

    private func lineEnd(of place: Int) -> Int { text[place...].firstIndex(of: "\n") ?? text.count }

    private static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_" || character == "$"
    }

    private var wordStart: Int {
        var place = cursor
        while place > 0, !LineEditor.isWord(text[place - 1]) { place -= 1 }
        while place > 0, LineEditor.isWord(text[place - 1]) { place -= 1 }
        return place
    }

    private var wordEnd: Int {
        var place = cursor
        while place < text.count, !LineEditor.isWord(text[place]) { place += 1 }
        while place < text.count, LineEditor.isWord(text[place]) { place += 1 }
        return place
    }

    // MARK: Lines and history

    private mutating func up() -> Action {
        let start = lineStart(of: cursor)
        guard start > 0 else { return show(place - 1) }
        let above = lineStart(of: start - 1)
        return move(to: min(above + cursor - start, start - 1))
    }

    private mutating func down() -> Action {
        let end = lineEnd(of: cursor)
        guard end < text.count else { return show(place + 1) }
        let column = cursor - lineStart(of: cursor)
        return move(to: min(end + 1 + column, lineEnd(of: end + 1)))
    }

    private mutating func show(_ next: Int) -> Action {
        guard (0...history.count).contains(next) else { return .bell }
        if place == history.count { draft = text }
        place = next
        text = next == history.count ? draft : Array(history[next])
        cursor = text.count
        return .redraw
    }

    /// A key while the history is searched; nil where it ends the search and does what it always does.
    private mutating func handleSearch(_ key: Key) -> Action? {
        let wanted = searched ?? ""
        switch key {
        case .character(let character): return find(wanted + String(character), before: history.count)
        case .paste(let pasted): return find(wanted + pasted, before: history.count)
        case .backspace: return find(String(wanted.dropLast()), before: history.count)
        case .search: return find(wanted, before: place)
        case .interrupt, .escape:
            searched = nil
            text = draft
            cursor = text.count
            place = history.count
            return .redraw
        default:
            searched = nil
            return nil
        }
    }

    private mutating func find(_ wanted: String, before limit: Int) -> Action {
        searched = wanted
        guard !wanted.isEmpty else { return .redraw }
        guard let found = history[..<limit].lastIndex(where: { $0.lowercased().contains(wanted.lowercased()) }) else {
            return .bell
        }
        place = found
        text = Array(history[found])
        cursor = text.count
        return .redraw
    }

    // MARK: Completion

    /// The part of a name before the cursor, e.g. `ml.reg`.
    package var wordToComplete: String {
        let start = completionStart
        return String(text[start..<cursor])
    }

    private var completionStart: Int {
        var place = cursor
        while place > 0, LineEditor.isWord(text[place - 1]) || text[place - 1] == "." || text[place - 1] == "\"" {
            place -= 1
        }
        if place > 0, place == 1, text[0] == "!" { place = 0 }
        return place
    }

    /// Completes the word before the cursor as far as all candidates agree.
    ///
    /// - Parameter candidates: what may stand there, each beginning with the word but for case.
    /// - Returns: the candidates to choose from, where the text did not grow and there are several.
    package mutating func complete(with candidates: [String]) -> [String] {
        let word = wordToComplete
        guard let first = candidates.first else { return [] }
        var common = first
        for candidate in candidates.dropFirst() {
            let agreed = zip(common, candidate).prefix { $0.lowercased() == $1.lowercased() }.count
            common = String(common.prefix(agreed))
        }
        let isDone = candidates.count == 1
        guard common.count > word.count || isDone else { return candidates }
        text.replaceSubrange(completionStart..<cursor, with: [])
        cursor -= word.count
        _ = insert(Array(isDone ? common + " " : common))
        return []
    }
}
