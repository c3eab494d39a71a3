import Dispatch
import Foundation
import Inference
import Synchronization
import Types

/// The share of the workers that the statements of one warehouse may use at once. Thread-safe.
final class WarehouseGate: Sendable {
    private final class Waiter: @unchecked Sendable {  // `isIn` is written under the gate's lock
        let limit: Int
        let semaphore = DispatchSemaphore(value: 0)
        var isIn = false
        init(limit: Int) { self.limit = limit }
    }

    private struct State {
        var used = 0
        var waiters: [Waiter] = []
        var statements = 0
        var lastUse: Date
        /// Versions that ran since the warehouse was suspended last.
        var versions: Set<Int64> = []
    }

    private let state: Mutex<State>

    init(now: Date) {
        state = Mutex(State(lastUse: now))
    }

    /// What SHOW WAREHOUSES tells: statements with models, batches in workers, batches that wait for one.
    var load: (statements: Int, running: Int, queued: Int) {
        state.withLock { ($0.statements, $0.used, $0.waiters.count) }
    }

    /// When a statement with a model began or ended last; nil while one runs.
    var idleSince: Date? { state.withLock { $0.statements == 0 ? $0.lastUse : nil } }

    func begin(now: Date) {
        state.withLock { state in
            state.statements += 1
            state.lastUse = now
        }
    }

    func end(now: Date) {
        state.withLock { state in
            state.statements -= 1
            state.lastUse = now
        }
    }

    func note(version: Int64) { state.withLock { _ = $0.versions.insert(version) } }

    var versions: Set<Int64> { state.withLock { $0.versions } }

    func forgetVersions() { state.withLock { $0.versions = [] } }

    /// Runs `body` when fewer than `limit` others run; those who wait come in the order in which they came.
    ///
    /// - Throws: `cancelled` while waiting, and what `body` throws.
    func pass<Result>(limit: Int, _ cancellation: Cancellation, _ body: () throws -> Result) throws -> Result {
        let waiter = state.withLock { state -> Waiter? in
            if state.used < limit, state.waiters.isEmpty {
                state.used += 1
                return nil
            }
            let waiter = Waiter(limit: limit)
            state.waiters.append(waiter)
            return waiter
        }
        if let waiter { try wait(waiter, cancellation) }
        defer { leave() }
        return try body()
    }

    private func wait(_ waiter: Waiter, _ cancellation: Cancellation) throws {
        cancellation.whileRunning({ waiter.semaphore.wait() }, onCancel: { waiter.semaphore.signal() })
        let isIn = state.withLock { state in
            state.waiters.removeAll { $0 === waiter }
            return waiter.isIn
        }
        guard !isIn || cancellation.isCancelled else { return }
        if isIn { leave() }
        throw RegistryError(.cancelled, "The call was cancelled while it waited for its warehouse.")
    }

    private func leave() {
        state.withLock { state in
            state.used -= 1
            while let first = state.waiters.first, state.used < first.limit {
                state.used += 1
                first.isIn = true
                state.waiters.removeFirst()
                first.semaphore.signal()
            }
        }
    }
}

/// The gates of all warehouses that were used since the server's start.
package final class WarehouseGates: Sendable {
    private let gates = Mutex<[Int64: WarehouseGate]>([:])
    let startedAt: Date

    init(startedAt: Date) {
        self.startedAt = startedAt
    }

    func gate(_ id: Int64) -> WarehouseGate {
        gates.withLock { gates in
            if let gate = gates[id] { return gate }
            let gate = WarehouseGate(now: startedAt)
            gates[id] = gate
            return gate
        }
    }

    /// The versions that ran in a warehouse and in no other; they count as not run any more.
    func takeVersions(of id: Int64) -> Set<Int64> {
        let all = gates.withLock { $0 }
        guard let own = all[id] else { return [] }
        defer { own.forgetVersions() }
        return all.filter { $0.key != id }.reduce(own.versions) { $0.subtracting($1.value.versions) }
    }
}

/// A statement's part in its warehouse.
struct WarehouseLease: Sendable {
    let gate: WarehouseGate
    /// Workers that the warehouse may use at once.
    let workers: Int

    func run<Result>(_ cancellation: Cancellation, _ body: () throws -> Result) throws -> Result {
        try gate.pass(limit: workers, cancellation, body)
    }
}
