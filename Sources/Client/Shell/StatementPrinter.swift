import Foundation

/// Runs statements in a session and prints what they give, data to standard output and words to standard error.
package final class StatementPrinter {
    package var format: OutputFormat
    /// Whether how long a statement took and how many rows it gave is said after it.
    package var showsTiming: Bool
    private let session: ServerSession
    private let output = StandardOutput()
    /// Whether wide tables may be printed as lines: where a person reads them.
    private let isInteractive: Bool

    package init(_ session: ServerSession, format: OutputFormat, showsTiming: Bool, isInteractive: Bool) {
        self.session = session
        self.format = format
        self.showsTiming = showsTiming
        self.isInteractive = isInteractive
    }

    /// Runs one statement and prints its result.
    ///
    /// - Throws: `ClientError`; what was printed before stays.
    package func run(_ sql: String) async throws {
        let started = ContinuousClock.now
        let outcome = try await session.run(sql)
        defer { output.flush() }
        if outcome.isTransfer {
            let moved = try await FileTransfer(session).perform(outcome)
            let writer = writer(of: FileTransfer.columns)
            writer.append(moved)
            writer.finish()
            say(rows: moved.count, since: started)
            return
        }
        if format == .table || format == .vertical, outcome.columns.map(\.name) == ["status"], outcome.rowCount == 1 {
            for case let text? in try await outcome.allRows().map({ $0.first ?? nil }) {
                output.write(PlainText.lines(text) + "\n")
            }
            if showsTiming { say(rows: nil, since: started) }
            return
        }
        let writer = writer(of: outcome.columns)
        try await outcome.forEachPart { [output] rows in
            writer.append(rows)
            output.flush()
        }
        writer.finish()
        say(rows: outcome.rowCount, since: started)
    }

    private func writer(of columns: [ResultField]) -> any ResultWriter {
        format.writer(columns, screenWidth: isInteractive ? Terminal.outputWidth : nil) { [output] in output.write($0) }
    }

    private func say(rows: Int?, since start: ContinuousClock.Instant) {
        output.flush()
        guard showsTiming else { return }
        let took = ContinuousClock.now - start
        let seconds = Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
        let time = seconds < 10 ? String(format: "%.3f s", seconds) : String(format: "%.1f s", seconds)
        guard let rows else { return StandardOutput.say("(\(time))") }
        StandardOutput.say("(\(rows) \(rows == 1 ? "row" : "rows"), \(time))")
    }

    /// Says what went wrong, with the place in the statement where one is known.
    ///
    /// - Parameter place: what stands before, e.g. `setup.sql:12: `.
    package static func explain(_ error: ClientError, of sql: String, place: String = "") {
        StandardOutput.say("\(place)error \(PlainText.lines(error.text))")
        if case .statement(let failure) = error, let excerpt = failure.excerpt(of: sql) { StandardOutput.say(excerpt) }
    }
}
