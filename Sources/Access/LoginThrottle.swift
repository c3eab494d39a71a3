package import Store
import Synchronization

/// How long the answer to a failed login is held back, per user name.
///
/// The first three failures within a quarter of an hour are answered at once, the next ones after 0.5 s, 1 s, 2 s … up
/// to 8 s. Only failures wait: a right password is answered at once however many wrong ones came before, so nobody can
/// lock another out. The wait itself is the door's (it can sleep without holding a thread).
///
/// Thread-safe, does not block. Holds at most 10,000 names; the oldest are forgotten first.
package final class LoginThrottle: Sendable {
    private struct Failures {
        var count: Int
        var last: Int64
    }

    private let failures = Mutex<[String: Failures]>([:])
    private let time: TimeSource
    private static let windowMilliseconds: Int64 = 900_000
    private static let most = 10_000

    package init(time: TimeSource = .wall) {
        self.time = time
    }

    /// Counts a failed login of `name` and tells how long to hold back its answer: 0 to 8 s.
    package func failed(_ name: String) -> Duration {
        let moment = time.now()
        let count = failures.withLock { failures in
            var entry = failures[name] ?? Failures(count: 0, last: moment)
            if moment - entry.last > Self.windowMilliseconds { entry.count = 0 }
            entry.count += 1
            entry.last = moment
            if failures[name] == nil, failures.count >= Self.most { Self.forgetOldest(&failures) }
            failures[name] = entry
            return entry.count
        }
        guard count > 3 else { return .zero }
        return .milliseconds(min(8000, 500 << min(count - 4, 10)))
    }

    /// Forgets the failures of a user who has logged in.
    package func succeeded(_ name: String) {
        failures.withLock { $0[name] = nil }
    }

    private static func forgetOldest(_ failures: inout [String: Failures]) {
        let times = failures.values.map(\.last).sorted()
        let limit = times[times.count / 10]
        failures = failures.filter { $0.value.last > limit }
    }
}
