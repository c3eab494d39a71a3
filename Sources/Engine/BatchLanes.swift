import Dispatch
import DuckDB
import Synchronization

/// Runs batches side by side, a few at once, and keeps their results in the order in which they were given.
final class BatchLanes: Sendable {
    private struct Progress {
        var submitted = 0
        var done: [Int: [DataChunk]] = [:]
        var error: (any Error)?
    }

    private let progress = Mutex(Progress())
    private let free: DispatchSemaphore
    private let group = DispatchGroup()
    private let queue = DispatchQueue(label: "roost.batches", attributes: .concurrent)

    /// - Parameter lanes: most batches at once, at least 1.
    init(lanes: Int) {
        free = DispatchSemaphore(value: max(1, lanes))
    }

    /// Whether a batch has failed: further ones are not worth filling.
    var hasFailed: Bool { progress.withLock { $0.error != nil } }

    /// Runs a batch as soon as a lane is free; blocks until then. Nothing runs after a failure.
    func submit(_ run: @escaping @Sendable () throws -> [DataChunk]) {
        free.wait()
        let number = progress.withLock { progress in
            defer { progress.submitted += 1 }
            return progress.submitted
        }
        queue.async(group: group) { [self] in
            defer { free.signal() }
            guard !hasFailed else { return }
            do {
                let chunks = try run()
                progress.withLock { $0.done[number] = chunks }
            } catch {
                progress.withLock { $0.error = $0.error ?? error }
            }
        }
    }

    /// Waits for all batches; gives their chunks in order.
    ///
    /// - Parameter failure: what stopped the filling, if anything did.
    /// - Throws: the first error of a batch, else `failure`.
    func finish(_ failure: (any Error)? = nil) throws -> [DataChunk] {
        group.wait()
        return try progress.withLock { progress in
            if let error = progress.error ?? failure { throw error }
            return (0..<progress.submitted).flatMap { progress.done[$0] ?? [] }
        }
    }
}
