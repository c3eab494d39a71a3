import Dispatch
import Synchronization

/// A token by which one thread ends what another waits for. Thread-safe.
///
/// `cancel()` ends a running worker call at once: the worker is killed and a new one takes its place later.
package final class Cancellation: Sendable {
    private struct State {
        var isCancelled = false
        var next = 0
        var actions: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    package var isCancelled: Bool { state.withLock { $0.isCancelled } }

    /// Blocks until the token is cancelled, at most `seconds`; gives whether it was.
    package func waitForCancellation(seconds: Double) -> Bool {
        let arrived = DispatchSemaphore(value: 0)
        return whileRunning({ arrived.wait(timeout: .now() + seconds) == .success }, onCancel: { arrived.signal() })
    }

    /// Ends what runs under this token, now and from now on. Calling it again does nothing.
    package func cancel() {
        let actions = state.withLock { state in
            state.isCancelled = true
            defer { state.actions = [:] }
            return state.actions.values
        }
        for action in actions { action() }
    }

    /// Runs `body`; if the token is cancelled before `body` returns, runs `action` once, on the cancelling thread.
    package func whileRunning<Result>(_ body: () throws -> Result, onCancel action: @escaping @Sendable () -> Void) rethrows
        -> Result
    {
        let key: Int? = state.withLock { state in
            guard !state.isCancelled else { return nil }
            state.next += 1
            state.actions[state.next] = action
            return state.next
        }
        guard let key else {
            action()
            return try body()
        }
        defer { state.withLock { _ = $0.actions.removeValue(forKey: key) } }
        return try body()
    }
}
