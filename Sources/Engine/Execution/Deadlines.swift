import Dispatch
import Synchronization

/// Actions that run when their time has come: one timer for all statements.
///
/// Deadlines are looked at four times a second, and only while there are any: an action runs up to
/// ``tickMilliseconds`` late, and nothing is left of one that was cancelled.
final class Deadlines: Sendable {
    static let shared = Deadlines()
    static let tickMilliseconds = 250

    struct Ticket: Sendable {
        fileprivate let number: Int
    }

    private struct Entry {
        let time: DispatchTime
        let action: @Sendable () -> Void
    }

    private struct State {
        var entries: [Int: Entry] = [:]
        var last = 0
        var isTicking = false
    }

    private let state = Mutex(State())

    /// Runs `action` once, `seconds` from now, on a thread of Dispatch's: it must not block.
    func after(_ seconds: Double, _ action: @escaping @Sendable () -> Void) -> Ticket {
        let time = DispatchTime.now() + seconds
        let (number, startsTicking) = state.withLock { state in
            state.last += 1
            state.entries[state.last] = Entry(time: time, action: action)
            defer { state.isTicking = true }
            return (state.last, !state.isTicking)
        }
        if startsTicking { scheduleTick() }
        return Ticket(number: number)
    }

    /// Drops an action that has not run.
    func cancel(_ ticket: Ticket) {
        // The entry's end may free what its action holds: not within the lock.
        let entry = state.withLock { $0.entries.removeValue(forKey: ticket.number) }
        _ = entry
    }

    private func scheduleTick() {
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Deadlines.tickMilliseconds)) { self.tick() }
    }

    private func tick() {
        let now = DispatchTime.now()
        let (due, goesOn) = state.withLock { state in
            let due = state.entries.filter { $0.value.time <= now }
            for number in due.keys { state.entries[number] = nil }
            state.isTicking = !state.entries.isEmpty
            return (due.sorted { $0.key < $1.key }.map(\.value.action), state.isTicking)
        }
        for action in due { action() }
        if goesOn { scheduleTick() }
    }
}
