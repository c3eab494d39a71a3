package import Foundation
import Synchronization
package import Types

/// One run of one statement: its state, its outcome, and those who wait for it.
///
/// Shared by the thread that runs it and the tasks that ask for it. Finishes exactly once.
package final class QueryExecution: Sendable {
    package enum Status: String, Sendable {
        case queued = "QUEUED"
        case running = "RUNNING"
        case success = "SUCCESS"
        case failed = "FAILED_WITH_ERROR"
    }

    package struct Summary: Sendable {
        package var status: Status = .queued
        package var startedAt: Date
        package var endedAt: Date?
        package var rowCount = 0
        package var error: RegistryError?
        package var database: String?
        package var schema: String?
        package var role = ""
        package var warehouse: String?
    }

    private struct Waiter {
        let continuation: CheckedContinuation<Bool, Never>
        let deadline: Deadlines.Ticket
    }

    private struct State {
        var summary: Summary
        var outcome: Result<StatementResult, RegistryError>?
        var waiters: [Int: Waiter] = [:]
        var lastWaiter = 0
        var cancelled = false
        var cancelHandler: (@Sendable () -> Void)?
    }

    /// The query's id, a UUID in lower case.
    package let id: String
    package let sessionID: Int64
    package let user: Identifier
    /// The user's id: tells it from another one who gets the same name later.
    package let userID: Int64
    /// The statement's text without secrets, at most ``StatementText/longest`` bytes of it.
    package let sql: String
    package let queryTag: String?
    private let state: Mutex<State>

    package init(
        id: String, sessionID: Int64, user: Identifier, userID: Int64, sql: String, queryTag: String?, startedAt: Date
    ) {
        self.id = id
        self.sessionID = sessionID
        self.user = user
        self.userID = userID
        self.sql = sql
        self.queryTag = queryTag
        self.state = Mutex(State(summary: Summary(startedAt: startedAt)))
    }

    package var summary: Summary { state.withLock { $0.summary } }

    /// The outcome, nil while running.
    package var outcome: Result<StatementResult, RegistryError>? { state.withLock { $0.outcome } }

    package var isCancelled: Bool { state.withLock { $0.cancelled } }

    /// Marks the run as begun, in the session's state of that moment; not one that is over.
    package func begin(_ fill: (inout Summary) -> Void) {
        state.withLock {
            guard $0.outcome == nil else { return }
            $0.summary.status = .running
            fill(&$0.summary)
        }
    }

    /// Sets what stops the running statement; runs it at once when the statement was cancelled before.
    package func onCancel(_ handler: (@Sendable () -> Void)?) {
        let runNow = state.withLock { state in
            state.cancelHandler = handler
            return state.cancelled
        }
        if runNow { handler?() }
    }

    /// Asks the statement to stop; has no effect once it has finished.
    package func cancel() {
        let handler = state.withLock { state -> (@Sendable () -> Void)? in
            guard state.outcome == nil else { return nil }
            state.cancelled = true
            return state.cancelHandler
        }
        handler?()
    }

    /// Records the outcome and wakes all who wait; nothing happens when the run was over before.
    ///
    /// - Parameter recorded: runs once the outcome is set, before anybody is woken.
    package func finish(
        _ outcome: Result<StatementResult, RegistryError>, at now: Date, recorded: () -> Void = {}
    ) {
        let waiters = state.withLock { state -> [Waiter]? in
            guard state.outcome == nil else { return nil }
            state.outcome = outcome
            state.summary.endedAt = now
            switch outcome {
            case .success(let result):
                state.summary.status = .success
                state.summary.rowCount = result.rowCount
            case .failure(let error):
                state.summary.status = .failed
                state.summary.error = error
            }
            state.cancelHandler = nil
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        guard let waiters else { return }
        recorded()
        for waiter in waiters {
            Deadlines.shared.cancel(waiter.deadline)
            waiter.continuation.resume(returning: true)
        }
    }

    /// Lets go of a result that is no longer kept: whoever asks for it is told so.
    func giveUp() {
        let error = RegistryError(
            .notFound, "The result of query '\(id)' is no longer kept.", hint: "Run the statement again.")
        // The result's end may remove files: not within the lock.
        let given = state.withLock { state -> Result<StatementResult, RegistryError>? in
            guard case .success = state.outcome else { return nil }
            defer { state.outcome = .failure(error) }
            return state.outcome
        }
        _ = given
    }

    /// Waits until the statement has finished, at most `seconds`; false when it still runs then.
    package func finished(within seconds: Double) async -> Bool {
        await withCheckedContinuation { continuation in
            let waits = state.withLock { state -> Bool in
                guard state.outcome == nil else { return false }
                state.lastWaiter += 1
                let number = state.lastWaiter
                let deadline = Deadlines.shared.after(seconds) { [weak self] in
                    self?.state.withLock { $0.waiters.removeValue(forKey: number) }?.continuation
                        .resume(returning: false)
                }
                state.waiters[number] = Waiter(continuation: continuation, deadline: deadline)
                return true
            }
            if !waits { continuation.resume(returning: true) }
        }
    }
}
