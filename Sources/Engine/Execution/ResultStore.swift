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
        /// Most runs remembered, whatever their size.
        package var runs = 4096

        package init() {}
    }

    /// A result as it was taken into the budgets.
    private struct Kept {
        let run: QueryExecution
        let chunks: [ResultChunk]
        /// Whether SHOW or another command gave it, which is soon told again.
        let isCommand: Bool
    }

    /// A part that one or more results hold: RESULT_SCAN gives an earlier result's own parts.
    private struct Held {
        var results = 1
        var isInMemory: Bool
    }

    private struct State {
        var runs: [String: QueryExecution] = [:]
        /// Query ids, oldest first; those whose run was dropped may still be among them.
        var order: [String] = []
        var kept: [String: Kept] = [:]
        /// Query ids of results with parts in memory, oldest first, with the same reserve.
        var inMemory: [String] = []
        var held: [ObjectIdentifier: Held] = [:]
        var memoryTotal = 0
        var diskTotal = 0
        var lastFile = 0

        mutating func hold(_ chunk: ResultChunk) {
            guard held[ObjectIdentifier(chunk)] == nil else {
                held[ObjectIdentifier(chunk)]?.results += 1
                return
            }
            held[ObjectIdentifier(chunk)] = Held(isInMemory: chunk.isInMemory)
            if chunk.isInMemory { memoryTotal += chunk.size } else { diskTotal += chunk.size }
        }

        mutating func drop(_ id: String) {
            runs[id] = nil
            for chunk in kept.removeValue(forKey: id)?.chunks ?? [] {
                let key = ObjectIdentifier(chunk)
                held[key]?.results -= 1
                guard let last = held[key], last.results == 0 else { continue }
                held[key] = nil
                if last.isInMemory { memoryTotal -= chunk.size } else { diskTotal -= chunk.size }
            }
        }

        /// Counts a result's parts as on disk; gives those that are still to be moved there.
        mutating func moveToDisk(_ kept: Kept) -> [ResultChunk] {
            kept.chunks.filter { chunk in
                guard held[ObjectIdentifier(chunk)]?.isInMemory == true else { return false }
                held[ObjectIdentifier(chunk)]?.isInMemory = false
                memoryTotal -= chunk.size
                diskTotal += chunk.size
                return true
            }
        }
    }

    private let directory: URL
    private let settings: Settings
    private let now: @Sendable () -> Date
    private let state = Mutex(State())

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
        let surplus = state.withLock { state in
            state.runs[run.id] = run
            state.order.append(run.id)
            return takeSurplus(&state, except: run.id)
        }
        giveUp(surplus)
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

    /// Takes a run's result into the budgets; older ones make room.
    ///
    /// - Throws: `unavailable` when it is large and the disk is full.
    package func keep(_ result: StatementResult, of run: QueryExecution) throws {
        let chunks = result.rows.chunks
        try moveLarge(chunks, of: run.id)
        let surplus = state.withLock { state in
            state.kept[run.id] = Kept(run: run, chunks: chunks, isCommand: result.type == .other)
            for chunk in chunks { state.hold(chunk) }
            if chunks.contains(where: \.isInMemory) { state.inMemory.append(run.id) }
            return takeSurplus(&state, except: run.id)
        }
        giveUp(surplus)
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
        /// Runs whose results are too old or over the budgets.
        var dropped: [QueryExecution] = []
        /// Parts that must leave memory, with their run.
        var outOfMemory: [(run: QueryExecution, chunks: [ResultChunk])] = []
    }

    /// Takes out what is too old or over the budgets, oldest first. The newest result and runs that are not over stay.
    private func takeSurplus(_ state: inout State, except newest: String) -> Surplus {
        var surplus = Surplus()
        // Over the limit an eighth goes at once, so that not every statement pays for tidying up.
        let runsToKeep = state.runs.count > settings.runs ? settings.runs * 7 / 8 : settings.runs
        let oldest = now().addingTimeInterval(-settings.validitySeconds)
        for id in state.order {
            guard let run = state.runs[id] else { continue }
            guard
                state.runs.count > runsToKeep || state.diskTotal > settings.diskBytes
                    || run.summary.startedAt < oldest
            else { break }
            guard run.outcome != nil, id != newest else { continue }
            state.drop(id)
            surplus.dropped.append(run)
        }
        if state.memoryTotal > settings.memoryBytes { makeRoom(in: &state, except: newest, &surplus) }
        if !surplus.dropped.isEmpty {
            state.order.removeAll { state.runs[$0] == nil }
            state.inMemory.removeAll { state.kept[$0] == nil }
        }
        return surplus
    }

    /// Takes the oldest results out of memory, an eighth at once: rows of queries go to disk, what SHOW and other
    /// commands gave is dropped.
    private func makeRoom(in state: inout State, except newest: String, _ surplus: inout Surplus) {
        var seen = 0
        for id in state.inMemory {
            guard state.memoryTotal > settings.memoryBytes * 7 / 8, id != newest else { break }
            seen += 1
            guard let kept = state.kept[id] else { continue }
            if kept.isCommand, kept.run.outcome != nil {
                state.drop(id)
                surplus.dropped.append(kept.run)
            } else {
                surplus.outOfMemory.append((kept.run, state.moveToDisk(kept)))
            }
        }
        state.inMemory.removeFirst(seen)
    }

    /// Lets go of what was taken out; where the disk is full, results that should have gone there are given up, too.
    private func giveUp(_ surplus: Surplus) {
        for run in surplus.dropped { run.giveUp() }
        for (run, chunks) in surplus.outOfMemory {
            do { try moveToDisk(chunks, of: run.id) } catch {
                state.withLock { $0.drop(run.id) }
                run.giveUp()
            }
        }
    }
}
