import Synchronization

/// The trees of texts that were parsed lately: clients send the same statements again and again, and a tree depends on
/// its text alone. Thread-safe.
final class SyntaxTreeCache: Sendable {
    /// Longer texts are not kept: they hold data, and seldom come twice.
    static let longestText = 4096
    /// At most twice as many trees are kept.
    static let treesOfOneAge = 500

    private struct State {
        var young: [String: SyntaxNode] = [:]
        var old: [String: SyntaxNode] = [:]
    }

    private let state = Mutex(State())

    func tree(of text: String) -> SyntaxNode? {
        guard text.utf8.count <= SyntaxTreeCache.longestText else { return nil }
        return state.withLock { state in
            if let tree = state.young[text] { return tree }
            guard let tree = state.old[text] else { return nil }
            SyntaxTreeCache.keep(tree, of: text, in: &state)
            return tree
        }
    }

    func keep(_ tree: SyntaxNode, of text: String) {
        guard text.utf8.count <= SyntaxTreeCache.longestText else { return }
        state.withLock { SyntaxTreeCache.keep(tree, of: text, in: &$0) }
    }

    /// What is not asked for while as many others come goes.
    private static func keep(_ tree: SyntaxNode, of text: String, in state: inout State) {
        if state.young.count >= treesOfOneAge { (state.old, state.young) = (state.young, [:]) }
        state.young[text] = tree
    }
}
