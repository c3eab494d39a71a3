/// Whether a connection waits for its client, and since when: events and times in, a verdict out.
///
/// The client is waited for between two requests, and within a request whose bytes the server asks for. It is not while
/// the server works on an answer or sends one, nor while the server is too busy to take more of an upload: neither a
/// slow statement nor a slow disk makes a connection idle.
struct ConnectionIdleness {
    /// What happens on a connection.
    enum Event {
        case requestBegan, requestBytes, requestEnded
        /// The server asks for bytes; they have arrived.
        case bytesAsked, bytesArrived
        case answerEnded
    }

    let timeout: Duration
    private var lastProgress: ContinuousClock.Instant
    private var requestsToAnswer = 0
    private var isReadingRequest = false
    private var asksForBytes = false

    init(timeout: Duration, at moment: ContinuousClock.Instant) {
        self.timeout = timeout
        lastProgress = moment
    }

    mutating func note(_ event: Event, at moment: ContinuousClock.Instant) {
        switch event {
        case .requestBegan:
            isReadingRequest = true
            requestsToAnswer += 1
        case .requestBytes: break
        case .requestEnded: isReadingRequest = false
        case .bytesArrived:
            asksForBytes = false
            return
        case .bytesAsked:
            asksForBytes = true
            // Bytes that are no whole header line yet are no progress.
            guard isReadingRequest else { return }
        case .answerEnded:
            // An answer to what was no request at all has none to count.
            requestsToAnswer = max(0, requestsToAnswer - 1)
        }
        lastProgress = moment
    }

    /// Whether the client has been waited for too long.
    func isOver(at moment: ContinuousClock.Instant) -> Bool {
        asksForBytes && (isReadingRequest || requestsToAnswer == 0) && moment - lastProgress >= timeout
    }
}
