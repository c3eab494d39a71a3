import Dispatch
import Synchronization
import Types

/// Threads that derive keys from passwords, and a bounded queue before them.
///
/// Deriving a key takes a quarter of a second and 32 MiB on purpose, and anyone may ask for it: on threads of its own
/// it keeps nobody else waiting, and what does not fit into the queue is refused. Those who wait hold no thread.
///
/// Thread-safe, does not block. Example: `try queue.submit { answer(Result { try hash.matches(password) }) }`.
package final class HashingQueue: Sendable {
    private struct State {
        /// Threads that have nothing to do, by number.
        var idle: [Int]
        var waiting: [@Sendable () -> Void] = []
        var begun = 0
    }

    private let state: Mutex<State>
    /// One serial queue a thread.
    private let lanes: [DispatchQueue]
    private let mostWaiting: Int

    /// - Parameters:
    ///   - threads: derivations at a time. Default two.
    ///   - waiting: most derivations that wait for a thread. Default 64, eight seconds' worth.
    package init(threads: Int = 2, waiting: Int = 64) {
        state = Mutex(State(idle: Array(0..<threads)))
        lanes = (0..<threads).map { DispatchQueue(label: "roost.hashing.\($0)") }
        mostWaiting = waiting
    }

    /// Derivations that have begun since the start.
    package var begun: Int { state.withLock { $0.begun } }

    /// Runs `work` on one of the threads: at once, or after what was submitted before.
    ///
    /// - Throws: `unavailable` when too many wait already; `work` is not run then.
    package func submit(_ work: @escaping @Sendable () -> Void) throws {
        let lane = try state.withLock { state throws -> Int? in
            if let lane = state.idle.popLast() {
                state.begun += 1
                return lane
            }
            guard state.waiting.count < mostWaiting else {
                throw RegistryError(
                    .unavailable, "Too many logins are being checked.", hint: "Try again in a few seconds.")
            }
            state.waiting.append(work)
            return nil
        }
        if let lane { run(work, on: lane) }
    }

    private func run(_ first: @escaping @Sendable () -> Void, on lane: Int) {
        lanes[lane].async { [self] in
            var work: (@Sendable () -> Void)? = first
            while let current = work {
                current()
                work = state.withLock { state -> (@Sendable () -> Void)? in
                    guard !state.waiting.isEmpty else {
                        state.idle.append(lane)
                        return nil
                    }
                    state.begun += 1
                    return state.waiting.removeFirst()
                }
            }
        }
    }
}
