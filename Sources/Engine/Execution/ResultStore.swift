package import Foundation
import Synchronization
package import Types

/// The runs of statements and their results, kept for a time within a budget of memory and disk.
///
/// Small results stay in memory; the parts of a larger one, but the first, go to `results/<query id>/<index>`. A result
/// is readable by the user who ran the statement only. Nothing survives a restart: the directory is emptied at start.
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

    private struct State {
        var runs: [String: QueryExecution] = [:]
        /// Query ids, oldest first.
        var order: [String] = []
        var memoryBytes: [String: Int] = [:]
        var diskBytes: [String: Int] = [:]
        var memoryTotal = 0
        var diskTotal = 0
        var files: [String: Int] = [:]
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
        let old = state.withLock { state in
            state.runs[run.id] = run
            state.order.append(run.id)
            return ResultStore.takeSurplus(&state, settings: settings, now: now())
        }
        remove(old)
    }

    package func execution(_ queryID: String) -> QueryExecution? { state.withLock { $0.runs[queryID] } }

    /// Moves a large result's parts, but the first, to disk.
    ///
    /// - Throws: `unavailable` when the disk is full.
    package func spooled(_ result: StatementResult, queryID: String) throws -> StatementResult {
        let chunks: [ResultChunk]
        switch result.rows {
        case .arrow(let parts), .json(let parts): chunks = parts
        case .transfer, .described: return result
        }
        let total = chunks.reduce(0) { $0 + $1.bytes.count }
        guard chunks.count > 1, total > settings.memoryBytesPerResult else {
            let old = state.withLock { state in
                state.memoryBytes[queryID] = total
                state.memoryTotal += total
                return ResultStore.takeSurplus(&state, settings: settings, now: now(), except: queryID)
            }
            remove(old)
            return result
        }
        let folder = directory.appendingPathComponent(queryID)
        var kept = [chunks[0]]
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
            for (index, chunk) in chunks.enumerated().dropFirst() {
                try Data(chunk.bytes).write(to: folder.appendingPathComponent("\(index)"))
                kept.append(chunk.onDisk)
            }
        } catch {
            remove([queryID])
            throw RegistryError(
                .unavailable, "The result can't be kept on disk.", hint: "Is the disk of the data directory full?",
                cause: error)
        }
        let old = state.withLock { state in
            state.memoryBytes[queryID] = chunks[0].bytes.count
            state.memoryTotal += chunks[0].bytes.count
            state.diskBytes[queryID] = total - chunks[0].bytes.count
            state.diskTotal += total - chunks[0].bytes.count
            return ResultStore.takeSurplus(&state, settings: settings, now: now(), except: queryID)
        }
        remove(old)
        var result = result
        if case .arrow = result.rows { result.rows = .arrow(kept) } else { result.rows = .json(kept) }
        return result
    }

    /// The bytes of part `index` of a result, nil where there is none (any more).
    package func chunk(_ index: Int, of queryID: String) -> [UInt8]? {
        guard let run = execution(queryID), case .success(let result) = run.outcome else { return nil }
        let chunks: [ResultChunk]
        switch result.rows {
        case .arrow(let parts), .json(let parts): chunks = parts
        case .transfer, .described: return nil
        }
        guard chunks.indices.contains(index) else { return nil }
        if !chunks[index].bytes.isEmpty || chunks[index].rowCount == 0 { return chunks[index].bytes }
        let file = directory.appendingPathComponent(queryID).appendingPathComponent("\(index)")
        return FileManager.default.contents(atPath: file.path).map { Array($0) }
    }

    /// The size of part `index` in bytes, nil where there is none.
    package func size(of index: Int, in queryID: String) -> Int? {
        guard let run = execution(queryID), case .success(let result) = run.outcome else { return nil }
        let chunks: [ResultChunk]
        switch result.rows {
        case .arrow(let parts), .json(let parts): chunks = parts
        case .transfer, .described: return nil
        }
        return chunks.indices.contains(index) ? chunks[index].size : nil
    }

    /// A file for one statement's use, removed by it; left-overs go at the next start.
    func scratchFile(_ queryID: String) -> URL { directory.appendingPathComponent("\(queryID).scratch") }

    /// Drops what is too old or over the budgets, oldest first; gives the ids whose files must go.
    private static func takeSurplus(
        _ state: inout State, settings: Settings, now: Date, except kept: String? = nil
    ) -> [String] {
        // Over the limit an eighth goes at once, so that not every statement pays for tidying up.
        let runsToKeep = state.order.count > mostRuns ? mostRuns * 7 / 8 : mostRuns
        var dropped: [String] = []
        var index = 0
        while index < state.order.count {
            let id = state.order[index]
            guard let run = state.runs[id] else {
                index += 1
                continue
            }
            let tooMuch =
                state.order.count - index > runsToKeep || state.memoryTotal > settings.memoryBytes
                || state.diskTotal > settings.diskBytes
            let tooOld = now.timeIntervalSince(run.summary.startedAt) > settings.validitySeconds
            guard tooMuch || tooOld else { break }
            index += 1
            // A run that is not over, and the newest result, are not given up.
            guard run.outcome != nil, id != kept else { continue }
            state.runs[id] = nil
            state.memoryTotal -= state.memoryBytes.removeValue(forKey: id) ?? 0
            state.diskTotal -= state.diskBytes.removeValue(forKey: id) ?? 0
            dropped.append(id)
        }
        if !dropped.isEmpty { state.order.removeAll { state.runs[$0] == nil } }
        return dropped
    }

    private func remove(_ queryIDs: [String]) {
        for id in queryIDs {
            let folder = directory.appendingPathComponent(id)
            if FileManager.default.fileExists(atPath: folder.path) { try? FileManager.default.removeItem(at: folder) }
        }
    }
}
