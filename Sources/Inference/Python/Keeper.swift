import CNative
import Foundation
import Types

#if canImport(Glibc)
    import Glibc
#endif

/// A thread that lives as long as the runtime: it starts the child processes and does periodic work.
///
/// The kernel ends a child that asked to die with its parent when the *thread* that started it ends; so no thread of a
/// pool may start one. Thread-safe.
final class Keeper: @unchecked Sendable {  // state under the condition's lock
    struct Child: Sendable {
        let path: String
        let arguments: [String]
        let environment: [String: String]
        var input: Int32 = -1
        var output: Int32 = -1
        var control: Int32 = -1
    }

    private let condition = NSCondition()
    private var jobs: [() -> Void] = []
    private var stopped = false

    /// - Parameters:
    ///   - every: seconds between two rounds.
    ///   - round: the periodic work; must be quick.
    init(every interval: Double, round: @escaping @Sendable () -> Void) {
        let thread = Thread { [self] in run(interval, round) }
        thread.name = "roost-keeper"
        thread.start()
    }

    private func run(_ interval: Double, _ round: () -> Void) {
        var next = Date(timeIntervalSinceNow: interval)
        while true {
            condition.lock()
            while jobs.isEmpty, !stopped, Date() < next { _ = condition.wait(until: next) }
            let work = jobs
            jobs = []
            let isStopped = stopped
            condition.unlock()
            for job in work { job() }
            if isStopped { return }
            if Date() >= next {
                round()
                next = Date(timeIntervalSinceNow: interval)
            }
        }
    }

    /// Ends the thread, and with it every child that still runs.
    func stop() {
        condition.withLock {
            stopped = true
            condition.signal()
        }
    }

    /// Starts a process on the keeper's thread and waits for its process id.
    ///
    /// - Throws: `unavailable` when it can't be started or the keeper has stopped.
    func start(_ child: Child) throws -> pid_t {
        let done = DispatchSemaphore(value: 0)
        let box = Box()
        let isStopped = condition.withLock {
            if !stopped {
                jobs.append {
                    box.failure = Keeper.spawn(child, &box.pid)
                    done.signal()
                }
                condition.signal()
            }
            return stopped
        }
        guard !isStopped else { throw RegistryError(.unavailable, "The server is stopping.") }
        done.wait()
        guard box.failure == 0 else {
            throw RegistryError(
                .unavailable, "'\(child.path)' can't be started: \(String(cString: strerror(box.failure))).")
        }
        return box.pid
    }

    private final class Box: @unchecked Sendable {  // written before the semaphore is signalled, read after
        var pid: pid_t = 0
        var failure: Int32 = 0
    }

    private static func spawn(_ child: Child, _ pid: inout pid_t) -> Int32 {
        let arguments = ([child.path] + child.arguments).map { strdup($0) } + [nil]
        let environment = child.environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + environment { free(text) } }
        return cn_spawn(&pid, child.path, arguments, environment, child.input, child.output, child.control)
    }
}
