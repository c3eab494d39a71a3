import Foundation
import Testing

@testable import Client

@Suite("Editing lines")
struct LineEditorTests {
    private func editor(_ history: [String] = []) -> LineEditor {
        LineEditor(history: history) { StatementSplitter.isComplete($0) }
    }

    /// Types text and keys; the last action.
    @discardableResult
    private func type(_ keys: [Any], into editor: inout LineEditor) -> LineEditor.Action {
        var action = LineEditor.Action.none
        for key in keys {
            if let key = key as? Key { action = editor.handle(key) }
            for character in key as? String ?? "" { action = editor.handle(.character(character)) }
        }
        return action
    }

    @Test("Enter begins a new line until a semicolon ends the text")
    func enter() {
        var editor = editor()
        #expect(type(["select", Key.enter, "1"], into: &editor) == .redraw)
        #expect(editor.content == "select\n1")
        #expect(type([";", Key.enter], into: &editor) == .submit("select\n1;"))
        var quoted = self.editor()
        #expect(type(["select ';", Key.enter], into: &quoted) == .redraw)
        #expect(type(["';", Key.enter], into: &quoted) == .submit("select ';\n';"))
    }

    @Test("Keys move, cut and insert again")
    func keys() {
        var editor = editor()
        type(["select one two", Key.cutWord, Key.home, Key.insertCut], into: &editor)
        #expect(editor.content == "twoselect one " && editor.cursor == 3)
        type([Key.wordRight, Key.delete, Key.left, Key.backspace], into: &editor)
        #expect(editor.content == "twoseletone ")
        type([Key.cutToEnd], into: &editor)
        #expect(editor.content == "twosele")
        type([Key.cutToStart, "日本", Key.left, "x"], into: &editor)
        #expect(editor.content == "日x本")
        #expect(type([Key.home, Key.left], into: &editor) == .bell)
        #expect(type([Key.interrupt], into: &editor) == .interrupt)
        var empty = self.editor()
        #expect(empty.handle(.endOfInput) == .endOfInput && empty.handle(.backspace) == .bell)
    }

    @Test("Up and Down move between lines, then through the history, and back to what was typed")
    func history() {
        var editor = editor(["first;", "second\nline;"])
        type(["draft", Key.up], into: &editor)
        #expect(editor.content == "second\nline;" && editor.cursor == 12)
        type([Key.up], into: &editor)
        #expect(editor.content == "second\nline;" && editor.cursor == 5)
        type([Key.up], into: &editor)
        #expect(editor.content == "first;")
        #expect(type([Key.up], into: &editor) == .bell)
        type([Key.down, Key.down], into: &editor)
        #expect(editor.content == "draft")
        #expect(type([Key.down], into: &editor) == .bell)
    }

    @Test("Ctrl-R finds the latest that holds the words, then earlier ones")
    func search() {
        var editor = editor(["select a;", "insert;", "select b;", "show;"])
        type(["x", Key.search, "SEL"], into: &editor)
        #expect(editor.content == "select b;" && editor.searched == "SEL")
        type([Key.search], into: &editor)
        #expect(editor.content == "select a;")
        #expect(type([Key.search], into: &editor) == .bell)
        var found = editor
        #expect(found.handle(.enter) == .submit("select a;"))
        type([Key.escape], into: &editor)
        #expect(editor.content == "x" && editor.searched == nil)
    }

    @Test("Tab completes as far as all names agree, in the case that was typed")
    func completion() {
        let names = NameCompletion(
            databases: ["ML"], schemas: [("ML", "REGISTRY"), ("ML", "PUBLIC")],
            objects: [("ML", "REGISTRY", "IRIS_A"), ("ML", "REGISTRY", "IRIS_B"), ("ML", "PUBLIC", "odd name")])
        var editor = editor()
        #expect(type(["select * from iri", Key.tab], into: &editor) == .complete)
        #expect(editor.wordToComplete == "iri")
        #expect(editor.complete(with: names.candidates(for: "iri")).isEmpty && editor.content == "select * from iris_")
        #expect(editor.complete(with: names.candidates(for: "iris_")) == ["iris_a", "iris_b"])
        type(["a"], into: &editor)
        #expect(
            editor.complete(with: names.candidates(for: "iris_a")).isEmpty && editor.content == "select * from iris_a ")
        #expect(names.candidates(for: "ML.REG") == ["ML.REGISTRY"])
        #expect(names.candidates(for: "ml.registry.iris_b") == ["ml.registry.iris_b"])
        #expect(names.candidates(for: "\"odd") == ["\"odd name\""])
        #expect(names.candidates(for: "WAREH") == ["WAREHOUSE", "WAREHOUSES"])
        #expect(names.candidates(for: "").isEmpty && names.candidates(for: "!fo") == ["!format"])
        var command = self.editor()
        type(["!fo"], into: &command)
        #expect(
            command.complete(with: names.candidates(for: command.wordToComplete)).isEmpty
                && command.content == "!format ")
    }

    @Test("Keys come out the same however the bytes are split", arguments: 1...7)
    func decoder(_ size: Int) {
        let bytes = Array("a\u{1B}[A\u{1B}[1;5D日\u{1B}[200~x\r\ny\u{1B}[201~\u{1B}[3~\r\u{3}\u{7F}\u{1B}b\u{1B}OH".utf8)
        var decoder = KeyDecoder()
        var keys: [Key] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            keys += decoder.feed(Array(bytes[start..<min(bytes.count, start + size)]))
        }
        #expect(
            keys == [
                .character("a"), .up, .wordLeft, .character("日"), .paste("x\ny"), .delete, .enter, .interrupt,
                .backspace,
                .wordLeft, .home,
            ])
        #expect(decoder.feed([0x1B]).isEmpty && decoder.isWaiting && decoder.flush() == [.escape])
    }

    @Test("Random bytes and keys break nothing", arguments: [UInt64(1), 2, 3])
    func noise(_ seed: UInt64) {
        var state = seed
        func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        var decoder = KeyDecoder()
        var editor = editor(["one;", "two\nlines;"])
        for _ in 0..<1000 {
            for key in decoder.feed([UInt8(truncatingIfNeeded: next())]) {
                _ = editor.handle(key)
                let screen = ScreenText(editor.text, cursor: editor.cursor, prompt: "> ", continuation: "- ", width: 30)
                #expect((0...editor.text.count).contains(editor.cursor) && (0..<screen.rows).contains(screen.cursorRow))
                #expect((0...30).contains(screen.cursorColumn))
                if editor.text.count > 100 { _ = editor.handle(.cutToStart) }
            }
        }
    }

    @Test("The cursor stands where its character is, over wraps, lines and wide characters")
    func screen() {
        func place(_ text: String, _ cursor: Int) -> [Int] {
            let screen = ScreenText(Array(text), cursor: cursor, prompt: "> ", continuation: "- ", width: 20)
            return [screen.rows, screen.cursorRow, screen.cursorColumn]
        }
        #expect(place("", 0) == [1, 0, 2])
        #expect(place("abc", 1) == [1, 0, 3])
        #expect(place("ab\ncd", 5) == [2, 1, 4])
        #expect(place("ab\ncd", 2) == [2, 0, 4])
        #expect(place(String(repeating: "x", count: 18), 18) == [2, 1, 0])
        #expect(place(String(repeating: "x", count: 19), 19) == [2, 1, 1])
        #expect(place(String(repeating: "x", count: 17) + "日", 18) == [2, 1, 2])
        #expect(place("日本", 1) == [1, 0, 4])
    }

    @Test("The history file keeps statements of several lines, and nothing secret, for its owner only")
    func historyFile() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let url = folder.appending(path: "state/roost/history")
        let history = HistoryFile(url)
        for text in ["select 1;", "select 1;", "a\n\\n b;", " hidden;", "create user u PASSWORD = 'x';", ""] {
            history.append(text)
        }
        #expect(HistoryFile(url).entries == ["select 1;", "a\n\\n b;"])
        let modes = try FileManager.default.attributesOfItem(atPath: url.path)[.posixPermissions] as? Int
        #expect(modes == 0o600)
        #expect(HistoryFile.standardPlace(["HOME": "/h"])?.path == "/h/.local/state/roost/history")
        #expect(HistoryFile.standardPlace(["HOME": "/h", "XDG_STATE_HOME": "/s"])?.path == "/s/roost/history")
        #expect(HistoryFile.standardPlace(["HOME": "/h", "ROOST_HISTORY": ""]) == nil)
    }

    @Test("Commands to the shell are told from SQL")
    func commands() {
        #expect(ShellCommand("!help") == .help && ShellCommand(".quit") == .quit && ShellCommand("exit") == .quit)
        #expect(ShellCommand("quit;") == .quit && ShellCommand("!format JSON") == .format(.json))
        #expect(ShellCommand("!timing off;") == .timing(false) && ShellCommand("!source a b.sql") == .source("a b.sql"))
        #expect(ShellCommand("select 1;") == nil && ShellCommand(".5") == nil && ShellCommand("") == nil)
        if case .unknown = ShellCommand("!nonsense") {} else { Issue.record("taken for a command") }
    }
}
