import Foundation
import Synchronization

/// Asks the server for the names that Tab offers, in a session of its own: the shell's own last query stays its last.
///
/// Opened at the first Tab; what was found holds for half a minute, or until ``forget()``.
package final class NameSource: Sendable {
    private struct Found {
        var completion = NameCompletion()
        var at: Date?
    }

    private static let validSeconds = 30.0
    /// Longest that Tab waits.
    private static let waitSeconds = 3.0

    private let session: ServerSession
    private let found = Mutex(Found())
    private let isOpen = Mutex(false)

    /// - Parameter session: one that is not used for anything else, and not yet logged in.
    package init(_ session: ServerSession) {
        self.session = session
    }

    /// What was found may have changed.
    package func forget() { found.withLock { $0.at = nil } }

    package func close() async { await session.close() }

    /// What may stand where a word begins so. Blocks while the server is asked.
    package func candidates(for word: String) -> [String] {
        if !word.hasPrefix("!"), !word.isEmpty { refresh() }
        return found.withLock { $0.completion }.candidates(for: word)
    }

    private func refresh() {
        let isFresh = found.withLock { $0.at.map { Date().timeIntervalSince($0) < NameSource.validSeconds } ?? false }
        guard !isFresh else { return }
        let done = DispatchSemaphore(value: 0)
        Task {
            let completion = await ask()
            found.withLock { $0 = Found(completion: completion, at: Date()) }
            done.signal()
        }
        // Later than that it is there for the next Tab.
        _ = done.wait(timeout: .now() + NameSource.waitSeconds)
    }

    private func ask() async -> NameCompletion {
        if !isOpen.withLock({ $0 }) {
            guard (try? await session.login()) != nil else { return NameCompletion() }
            isOpen.withLock { $0 = true }
        }
        let databases = await rows("SHOW DATABASES", ["name"]).map { $0[0] }
        let schemas = await rows("SHOW SCHEMAS IN ACCOUNT", ["database_name", "name"]).map { ($0[0], $0[1]) }
        var objects: [(String, String, String)] = []
        for kind in ["TABLES", "VIEWS", "MODELS", "STAGES"] {
            objects += await rows("SHOW \(kind) IN ACCOUNT", ["database_name", "schema_name", "name"])
                .map { ($0[0], $0[1], $0[2]) }
        }
        return NameCompletion(databases: databases, schemas: schemas, objects: objects)
    }

    /// The named columns of a statement's rows; none where it fails.
    private func rows(_ sql: String, _ names: [String]) async -> [[String]] {
        guard let outcome = try? await session.run(sql) else { return [] }
        let places = names.compactMap { name in outcome.columns.firstIndex { $0.name.lowercased() == name } }
        guard places.count == names.count, let rows = try? await outcome.allRows() else { return [] }
        return rows.compactMap { row in
            let cells = places.compactMap { row.indices.contains($0) ? row[$0] : nil }
            return cells.count == names.count ? cells : nil
        }
    }
}
