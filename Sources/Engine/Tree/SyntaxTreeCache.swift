import Synchronization

/// The trees of texts that were parsed lately: clients send the same statements again and again, and a tree depends on
/// its text alone. Thread-safe.
final class SyntaxTreeCache: Sendable {
    /// Longer texts are not kept: they hold data, and seldom come twice.
    static let longestText = 1024
    /// Bytes of text of one age; at most twice as many are kept. A tree takes up to some hundred times its text.
    static let textBytesOfOneAge = 64 << 10

    /// A text by its bytes: to Swift, texts that look alike are equal; to the database they are two.
    private struct Text: Hashable {
        let text: String

        static func == (left: Text, right: Text) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

        func hash(into hasher: inout Hasher) {
            var text = text
            text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        }
    }

    private struct State {
        var young: [Text: SyntaxNode] = [:]
        var old: [Text: SyntaxNode] = [:]
        var youngBytes = 0
    }

    private let state = Mutex(State())

    func tree(of text: String) -> SyntaxNode? {
        guard text.utf8.count <= SyntaxTreeCache.longestText else { return nil }
        let text = Text(text: text)
        return state.withLock { state in
            if let tree = state.young[text] { return tree }
            guard let tree = state.old[text] else { return nil }
            SyntaxTreeCache.keep(tree, of: text, in: &state)
            return tree
        }
    }

    func keep(_ tree: SyntaxNode, of text: String) {
        guard text.utf8.count <= SyntaxTreeCache.longestText else { return }
        state.withLock { SyntaxTreeCache.keep(tree, of: Text(text: text), in: &$0) }
    }

    /// What is not asked for while as much other text comes goes.
    private static func keep(_ tree: SyntaxNode, of text: Text, in state: inout State) {
        if state.youngBytes >= textBytesOfOneAge {
            (state.old, state.young, state.youngBytes) = (state.young, [:], 0)
        }
        if state.young.updateValue(tree, forKey: text) == nil { state.youngBytes += text.text.utf8.count }
    }
}
