import Access
import Dispatch
import Synchronization
import Testing
import Types

struct HashingQueueTests {
    @Test func whatDoesNotFitIsRefusedAndNothingIsLost() async throws {
        let queue = HashingQueue(threads: 2, waiting: 3)
        let gate = Gate()
        let done = Mutex(0)
        for _ in 0..<5 {
            try queue.submit {
                gate.wait()
                done.withLock { $0 += 1 }
            }
        }
        let error = #expect(throws: RegistryError.self) { try queue.submit { done.withLock { $0 += 100 } } }
        #expect(error?.code == .unavailable && error?.text.contains("Try again") == true)
        let refused = await #expect(throws: RegistryError.self) { try await queue.run { 1 } }
        #expect(refused?.code == .unavailable)
        gate.open()
        while done.withLock({ $0 }) < 5 { await Task.yield() }
        #expect(try await queue.run { 7 } == 7)
        #expect(queue.begun == 6)
    }

    @Test func errorsReachTheOneWhoAsked() async throws {
        let queue = HashingQueue()
        let error = await #expect(throws: RegistryError.self) {
            try await queue.run { throw RegistryError(.corrupt, "broken") }
        }
        #expect(error?.code == .corrupt)
    }

    @Test func everyJobRunsAndAtMostTwoAtATime() async throws {
        let queue = HashingQueue(threads: 2, waiting: 1000)
        let running = Tally()
        let results = try await withThrowingTaskGroup(of: Int.self, returning: Set<Int>.self) { group in
            for number in 0..<500 {
                group.addTask {
                    try await queue.run {
                        running.enter()
                        defer { running.leave() }
                        return number
                    }
                }
            }
            var all: Set<Int> = []
            for try await number in group { all.insert(number) }
            return all
        }
        #expect(results == Set(0..<500))
        #expect(running.most <= 2)
    }
}

/// Threads wait at it until it is opened.
final class Gate: Sendable {
    private let group = DispatchGroup()

    init() { group.enter() }

    func open() { group.leave() }
    func wait() { group.wait() }
}

/// How many are inside, and how many were at most.
final class Tally: Sendable {
    private let counts = Mutex((now: 0, most: 0))

    var most: Int { counts.withLock { $0.most } }
    func enter() { counts.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) } }
    func leave() { counts.withLock { $0.now -= 1 } }
}

extension HashingQueue {
    /// Runs `body` as ``submit(_:)`` does, and gives what it gives.
    func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try submit { continuation.resume(with: Result<T, any Error> { try body() }) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}
