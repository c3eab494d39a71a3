import Dispatch
import Foundation
import Synchronization

/// Ctrl-C while a command runs: calls a handler instead of ending the process.
final class InterruptSignal {
    private let source: any DispatchSourceSignal

    /// - Parameter handler: told whether it is the first in a while: a second one within two seconds is meant seriously.
    init(_ handler: @escaping @Sendable (_ isFirst: Bool) -> Void) {
        signal(SIGINT, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        let lastSeen = LastSeen()
        source.setEventHandler { handler(lastSeen.isFirst(at: Date())) }
        source.resume()
    }

    func stop() {
        source.cancel()
        signal(SIGINT, SIG_DFL)
    }
}

private final class LastSeen: Sendable {
    private let time = Mutex(Date.distantPast)

    func isFirst(at now: Date) -> Bool {
        time.withLock { last in
            defer { last = now }
            return now.timeIntervalSince(last) > 2
        }
    }
}
