import Testing

@testable import Server

@Suite("Idle connections")
struct ConnectionIdlenessTests {
    private let start = ContinuousClock().now

    /// Whether the connection is over at some second, after events at their seconds.
    private func isOver(at second: Int, after events: [(Int, ConnectionIdleness.Event)]) -> Bool {
        var idleness = ConnectionIdleness(timeout: .seconds(90), at: start)
        for (moment, event) in events { idleness.note(event, at: start + .seconds(moment)) }
        return idleness.isOver(at: start + .seconds(second))
    }

    @Test("A client that says nothing, before or after a request, is waited for so long")
    func silence() {
        #expect(!isOver(at: 89, after: [(0, .bytesAsked)]))
        #expect(isOver(at: 90, after: [(0, .bytesAsked)]))
        let request: [(Int, ConnectionIdleness.Event)] = [
            (0, .bytesAsked), (10, .requestBegan), (10, .requestEnded), (10, .bytesArrived), (10, .bytesAsked),
            (11, .answerEnded),
        ]
        #expect(!isOver(at: 100, after: request))
        #expect(isOver(at: 101, after: request))
    }

    @Test("A header that trickles in is no progress")
    func slowHeader() {
        let trickle = (0..<9).flatMap { number -> [(Int, ConnectionIdleness.Event)] in
            [(10 * number, .bytesAsked), (10 * number + 9, .bytesArrived)]
        }
        #expect(isOver(at: 90, after: trickle + [(90, .bytesAsked)]))
    }

    @Test("A statement may take as long as it likes, and so may the answer")
    func slowAnswer() {
        let request: [(Int, ConnectionIdleness.Event)] = [
            (0, .bytesAsked), (1, .requestBegan), (1, .requestBytes), (1, .requestEnded), (1, .bytesArrived),
            (1, .bytesAsked),
        ]
        #expect(!isOver(at: 100_000, after: request))
        #expect(!isOver(at: 100_089, after: request + [(100_000, .answerEnded)]))
        #expect(isOver(at: 100_090, after: request + [(100_000, .answerEnded)]))
    }

    @Test("An upload is over when the client sends nothing, not when the server takes nothing")
    func slowUpload() {
        let begun: [(Int, ConnectionIdleness.Event)] = [
            (0, .bytesAsked), (0, .requestBegan), (0, .requestBytes), (0, .bytesArrived),
        ]
        #expect(!isOver(at: 10_000, after: begun))
        #expect(!isOver(at: 10_089, after: begun + [(10_000, .bytesAsked)]))
        #expect(isOver(at: 10_090, after: begun + [(10_000, .bytesAsked)]))
        let slow = (1...100).flatMap { number -> [(Int, ConnectionIdleness.Event)] in
            [(80 * number - 1, .bytesAsked), (80 * number, .requestBytes), (80 * number, .bytesArrived)]
        }
        #expect(!isOver(at: 8089, after: begun + slow + [(8000, .bytesAsked)]))
        #expect(isOver(at: 8090, after: begun + slow + [(8000, .bytesAsked)]))
    }

    @Test("An upload that was refused early is over when its client neither goes on nor ends")
    func refusedUpload() {
        let refused: [(Int, ConnectionIdleness.Event)] = [
            (0, .bytesAsked), (0, .requestBegan), (0, .bytesArrived), (0, .bytesAsked), (1, .answerEnded),
        ]
        #expect(!isOver(at: 90, after: refused))
        #expect(isOver(at: 91, after: refused))
        // An answer to what was no request leaves nothing to count.
        #expect(isOver(at: 91, after: [(0, .bytesAsked), (1, .answerEnded)]))
    }
}
