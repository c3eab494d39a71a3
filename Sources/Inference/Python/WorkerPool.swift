import Foundation
import Logging
import Types

/// All workers of a runtime: hands each call a worker of its handler that is its own for the time of the call.
///
/// Up to `workersPerMethod` workers per handler and `maximumWorkers` in all; further callers wait in the order in which
/// they came. Where the total is reached, an idle worker of another handler gives way. Thread-safe.
final class WorkerPool: @unchecked Sendable {  // state under the lock
    /// What a waiting caller is granted.
    private enum Grant {
        case worker(Worker)
        /// A place for a new worker, already counted.
        case place
        case none
    }

    private final class Waiter: @unchecked Sendable {  // `grant` is written under the pool's lock
        let key: HandlerKey
        let semaphore = DispatchSemaphore(value: 0)
        var grant: Grant?
        init(_ key: HandlerKey) { self.key = key }
    }

    private struct Group {
        var idle: [Worker] = []
        /// Idle, busy and starting ones.
        var count = 0
    }

    private let configuration: RuntimeConfiguration
    private let lock = NSLock()
    private var groups: [HandlerKey: Group] = [:]
    private var total = 0
    private var waiters: [Waiter] = []
    private var busy: [Int: Worker] = [:]
    private var isStopped = false
    private var nextNumber = 0
    private var counters = RuntimeMetrics()

    init(_ configuration: RuntimeConfiguration) {
        self.configuration = configuration
    }

    /// A snapshot of the counters.
    var metrics: RuntimeMetrics {
        lock.withLock {
            var metrics = counters
            metrics.workersAlive = total
            metrics.workersBusy = busy.count
            metrics.callsWaiting = waiters.count
            return metrics
        }
    }

    /// Runs `body` with a worker of the handler; the worker is dropped when `body` fails by the worker's fault.
    ///
    /// - Parameter start: makes a worker with the given number, outside of all locks.
    /// - Throws: what `start` and `body` throw; `timeout`, `cancelled` or `unavailable` while waiting.
    func withWorker<Result>(
        _ key: HandlerKey, cancellation: Cancellation?, start: (Int) throws -> Worker, body: (Worker) throws -> Result
    ) throws -> Result {
        let worker: Worker
        switch try acquire(key, cancellation) {
        case .worker(let idle): worker = idle
        case .place:
            let number = lock.withLock {
                nextNumber += 1
                counters.workerStarts += 1
                return nextNumber
            }
            do {
                worker = try start(number)
            } catch {
                giveUpPlace(key)
                throw error
            }
            lock.withLock { busy[worker.number] = worker }
        case .none: throw RegistryError(.unavailable, "The server is stopping.")
        }
        do {
            let result = try body(worker)
            release(worker)
            return result
        } catch {
            if let error = error as? RegistryError, error.detail["worker"] == "alive" {
                release(worker)
            } else {
                drop(worker)
            }
            throw error
        }
    }

    /// Adds a finished call to the counters.
    func count(rows: Int, seconds: Double, cpuSeconds: Double, isFailure: Bool) {
        lock.withLock {
            counters.calls += 1
            counters.rows += rows
            counters.seconds += seconds
            counters.cpuSeconds += cpuSeconds
            if isFailure { counters.failures += 1 }
        }
    }

    // MARK: Places

    private func acquire(_ key: HandlerKey, _ cancellation: Cancellation?) throws -> Grant {
        if cancellation?.isCancelled == true { throw WorkerPool.cancelled }
        lock.lock()
        if isStopped {
            lock.unlock()
            return .none
        }
        if let grant = immediately(key) {
            lock.unlock()
            return grant
        }
        let waiter = Waiter(key)
        waiters.append(waiter)
        lock.unlock()
        let deadline = DispatchTime.now() + configuration.callTimeoutSeconds
        let wait = { waiter.semaphore.wait(timeout: deadline) }
        let outcome = cancellation?.whileRunning(wait, onCancel: { waiter.semaphore.signal() }) ?? wait()
        lock.lock()
        waiters.removeAll { $0 === waiter }
        let grant = waiter.grant
        lock.unlock()
        if let grant {
            if cancellation?.isCancelled == true {
                undo(grant, key)
                throw WorkerPool.cancelled
            }
            return grant
        }
        if outcome == .timedOut {
            throw RegistryError(
                .timeout,
                "No worker was free for \(Int(configuration.callTimeoutSeconds)) s for \(key.method.handler).",
                hint: "Try again when fewer calls run.")
        }
        throw WorkerPool.cancelled
    }

    private static let cancelled = RegistryError(.cancelled, "The call was cancelled while it waited for a worker.")

    /// What can be had without waiting; the lock is held.
    private func immediately(_ key: HandlerKey) -> Grant? {
        if let worker = groups[key]?.idle.popLast() {
            busy[worker.number] = worker
            return .worker(worker)
        }
        guard (groups[key]?.count ?? 0) < configuration.workersPerMethod else { return nil }
        if total >= configuration.maximumWorkers {
            guard let other = oldestIdle() else { return nil }
            forget(idle: other)
            other.retire()
        }
        groups[key, default: Group()].count += 1
        total += 1
        return .place
    }

    private func oldestIdle() -> Worker? {
        groups.values.flatMap(\.idle).min { $0.idleSince < $1.idleSince }
    }

    /// Takes an idle worker out of the books; the lock is held.
    private func forget(idle worker: Worker) {
        groups[worker.key]?.idle.removeAll { $0 === worker }
        leave(worker.key)
    }

    /// One worker fewer; the lock is held.
    private func leave(_ key: HandlerKey) {
        total -= 1
        groups[key]?.count -= 1
        if groups[key]?.count == 0 { groups[key] = nil }
    }

    /// Serves who waits, first come first; the lock is held.
    private func serveWaiters() {
        for waiter in waiters where waiter.grant == nil {
            guard let grant = immediately(waiter.key) else { continue }
            waiter.grant = grant
            waiter.semaphore.signal()
        }
        waiters.removeAll { $0.grant != nil }
    }

    private func release(_ worker: Worker) {
        lock.withLock {
            busy[worker.number] = nil
            worker.idleSince = .now
            if isStopped {
                leave(worker.key)
                worker.retire()
                return
            }
            groups[worker.key]?.idle.append(worker)
            serveWaiters()
        }
    }

    private func drop(_ worker: Worker) {
        worker.kill()
        lock.withLock {
            busy[worker.number] = nil
            counters.workerDeaths += 1
            leave(worker.key)
            serveWaiters()
        }
    }

    private func giveUpPlace(_ key: HandlerKey) {
        lock.withLock {
            counters.workerDeaths += 1
            leave(key)
            serveWaiters()
        }
    }

    private func undo(_ grant: Grant, _ key: HandlerKey) {
        switch grant {
        case .worker(let worker): release(worker)
        case .place:
            lock.withLock {
                leave(key)
                serveWaiters()
            }
        case .none: break
        }
    }

    // MARK: Ends

    /// Ends idle workers without calls for longer than configured, and those that have died meanwhile.
    func retireIdle() {
        let limit = ContinuousClock.now - .seconds(configuration.workerIdleSeconds)
        lock.withLock {
            for worker in groups.values.flatMap(\.idle) where worker.idleSince < limit || worker.zygote.isEnded {
                forget(idle: worker)
                worker.retire()
            }
        }
    }

    /// Ends the idle workers of a version, which is no longer there.
    func retire(versionID: Int64) {
        lock.withLock {
            for worker in groups.values.flatMap(\.idle) where worker.key.versionID == versionID {
                forget(idle: worker)
                worker.retire()
            }
        }
    }

    /// Kills every worker; callers that wait or run get an error.
    func stop() {
        lock.withLock {
            isStopped = true
            for worker in groups.values.flatMap(\.idle) {
                forget(idle: worker)
                worker.kill()
            }
            for worker in busy.values { worker.kill() }
            for waiter in waiters {
                waiter.grant = Grant.none
                waiter.semaphore.signal()
            }
            waiters = []
        }
    }
}
