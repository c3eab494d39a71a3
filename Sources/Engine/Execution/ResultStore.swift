package import Foundation
import Synchronization
package import Types

/// The runs of statements and their results, kept for a time within a budget of memory and disk.
///
/// Small results stay in memory as long as there is room for them, then those of queries go to `results/`, as the parts
/// of larger ones do at once. A result is readable by the user who ran the statement only. Nothing survives a restart: the
/// directory is emptied at start.
package final class ResultStore: Sendable {
    package struct Settings: Sendable {
        /// Bytes of one result that stay in memory.
        package var memoryBytesPerResult = 1 << 20
        /// Bytes of all results in memory.
        package var memoryBytes = 32 << 20
        package var diskBytes = 10 << 30
        package var validitySeconds = 86_400.0

        package init() {}
    }

    /// What a result takes, in bytes.
    private struct Charge {
        var memory = 0
        var disk = 0
    }

    private struct State {
        var runs: [String: QueryExecution] = [:]
        /// Query ids, oldest first; those whose run was dropped may still be among them.
        var order: [String] = []
        var charges: [String: Charge] = [:]
        /// Query ids of results in memory, oldest first, with the same reserve.
        var inMemory: [String] = []
        var total = Charge()
        var lastFile = 0
    }

    private let directory: URL
    private let settings: Settings
    private let now: @Sendable () -> Date
    private let state = Mutex(State())
    /// Most runs remembered, whatever their size.
    private static let mostRuns = 4096

    /// - Throws: `unavailable` when the directory can't be emptied.
    package init(directory: URL, settings: Settings, now: @escaping @Sendable () -> Date) throws {
        self.directory = directory
        self.settings = settings
        self.now = now
        do {
            let manager = FileManager.default
            try manager.createDirectory(at: directory, withIntermediateDirectories: true)
            for entry in try manager.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil) {
                try manager.removeItem(at: entry)
            }
        } catch {
            throw RegistryError(.unavailable, "The results directory can't be emptied.", cause: error)
        }
    }

    /// Remembers a run from its start on, so that it can be asked for.
    package func track(_ run: QueryExecution) {
        state.withLock { state in
            state.runs[run.id] = run
            state.order.append(run.id)
        }
    }

    package func execution(_ queryID: String) -> QueryExecution? { state.withLock { $0.runs[queryID] } }

    /// Moves parts of a result in the making to disk, but the first, once they are more than one result may have in
    /// memory.
    ///
    /// - Throws: `unavailable` when the disk is full.
    func moveLarge(_ chunks: [ResultChunk], of queryID: String) throws {
        guard chunks.count > 1, chunks.reduce(0, { $0 + $1.size }) > settings.memoryBytesPerResult else { return }
        try moveToDisk(chunks.dropFirst(), of: queryID)
    }

    private func moveToDisk(_ chunks: some Sequence<ResultChunk>, of queryID: String) throws {
        for chunk in chunks where chunk.isInMemory {
            let number = state.withLock { state in
                state.lastFile += 1
                return state.lastFile
            }
            try chunk.move(to: directory.appendingPathComponent("\(queryID).\(number)"))
        }
    }

    /// Takes a finished result into the budgets; older ones make room.
    ///
    /// - Throws: `unavailable` when it is large and the disk is full.
    package func keep(_ result: StatementResult, of queryID: String) throws {
        let chunks = result.rows.chunks
        try moveLarge(chunks, of: queryID)
        var charge = Charge()
        for chunk in chunks {
            if chunk.isInMemory { charge.memory += chunk.size } else { charge.disk += chunk.size }
        }
        let taken = charge
        let surplus = state.withLock { state -> Surplus in
            state.charges[queryID] = taken
            state.total.memory += taken.memory
            state.total.disk += taken.disk
            if taken.memory > 0 { state.inMemory.append(queryID) }
            return takeSurplus(&state, except: queryID)
        }
        surplus.dropped.forEach { $0.giveUp() }
        for run in surplus.outOfMemory { makeRoom(run) }
    }

    /// The bytes of part `index` of a result, nil where there is none (any more).
    ///
    /// - Throws: `unavailable` when its file can't be read.
    package func chunk(_ index: Int, of queryID: String) throws -> [UInt8]? {
        guard let run = execution(queryID), case .success(let result) = run.outcome else { return nil }
        let chunks = result.rows.chunks
        return chunks.indices.contains(index) ? try chunks[index].bytes : nil
    }

    /// A file for one statement's use, removed by it; left-overs go at the next start.
    func scratchFile(_ queryID: String) -> URL { directory.appendingPathComponent("\(queryID).scratch") }

    // MARK: Budgets

    private struct Surplus {
        /// Results that are too old or over the budget of disk.
        var dropped: [QueryExecution] = []
        /// Results that must leave memory.
        var outOfMemory: [QueryExecution] = []
    }

    /// Takes out what is too old or over the budgets, oldest first. The newest result and runs that are not over stay.
    private func takeSurplus(_ state: inout State, except kept: String) -> Surplus {
        var surplus = Surplus()
        // Over the limit an eighth goes at once, so that not every statement pays for tidying up.
        let runsToKeep =
            state.runs.count > ResultStore.mostRuns ? ResultStore.mostRuns * 7 / 8 : ResultStore.mostRuns
        let oldest = now().addingTimeInterval(-settings.validitySeconds)
        for id in state.order {
            guard let run = state.runs[id] else { continue }
            guard
                state.runs.count > runsToKeep || state.total.disk > settings.diskBytes
                    || run.summary.startedAt < oldest
            else { break }
            guard run.outcome != nil, id != kept else { continue }
            ResultStore.drop(id, in: &state)
            surplus.dropped.append(run)
        }
        if state.total.memory > settings.memoryBytes { makeRoom(in: &state, except: kept, &surplus) }
        if !surplus.dropped.isEmpty { state.order.removeAll { state.runs[$0] == nil } }
        return surplus
    }

    /// Takes the oldest results out of memory, an eighth at once: rows of queries go to disk, what SHOW and other
    /// commands gave, which is soon told again, is dropped.
    private func makeRoom(in state: inout State, except kept: String, _ surplus: inout Surplus) {
        var seen = 0
        for id in state.inMemory where state.total.memory > settings.memoryBytes * 7 / 8 {
            guard id != kept else { break }
            seen += 1
            guard let run = state.runs[id], let charge = state.charges[id] else { continue }
            if case .success(let result) = run.outcome, result.type == .other {
                ResultStore.drop(id, in: &state)
                surplus.dropped.append(run)
                continue
            }
            state.charges[id] = Charge(memory: 0, disk: charge.disk + charge.memory)
            state.total.memory -= charge.memory
            state.total.disk += charge.memory
            surplus.outOfMemory.append(run)
        }
        state.inMemory.removeFirst(seen)
    }

    private static func drop(_ id: String, in state: inout State) {
        state.runs[id] = nil
        let charge = state.charges.removeValue(forKey: id) ?? Charge()
        state.total.memory -= charge.memory
        state.total.disk -= charge.disk
    }

    /// Moves a result's parts to disk; where that is full, the result is given up.
    private func makeRoom(_ run: QueryExecution) {
        guard case .success(let result) = run.outcome else { return }
        do { try moveToDisk(result.rows.chunks, of: run.id) } catch { run.giveUp() }
    }
}
