import Types

/// Runs the statements of a text, one after the other.
package struct ScriptRunner {
    /// What happened.
    package struct Summary: Sendable, Hashable {
        package var statements = 0
        package var failures = 0

        package init() {}
    }

    private let printer: StatementPrinter
    /// Whether the statements after one that failed are run.
    private let continues: Bool
    /// Whether each statement is shown, on standard error, before it runs.
    private let echoes: Bool

    package init(_ printer: StatementPrinter, continues: Bool, echoes: Bool) {
        self.printer = printer
        self.continues = continues
        self.echoes = echoes
    }

    /// - Parameter name: what the text is called in messages, nil for one that needs no name.
    /// - Throws: `ClientError` of kinds other than `statement`: those end it all.
    package func run(_ text: String, name: String?) async throws -> Summary {
        var summary = Summary()
        let pieces = StatementSplitter.split(text)
        for (index, piece) in pieces.enumerated() {
            summary.statements += 1
            if echoes {
                let lines = piece.text.split(separator: "\n", omittingEmptySubsequences: false)
                StandardOutput.say("[\(index + 1)/\(pieces.count)] \(lines.joined(separator: "\n    "))")
            }
            do {
                try await printer.run(piece.text)
            } catch let error as ClientError {
                guard case .statement(let failure) = error else { throw error }
                summary.failures += 1
                let line = piece.line + (failure.position.map { $0.line - 1 } ?? 0)
                StatementPrinter.explain(error, of: piece.text, place: name.map { "\($0):\(line): " } ?? "")
                if !continues { break }
            }
        }
        if continues, summary.failures > 0, summary.statements > 1 {
            StandardOutput.say("\(summary.failures) of \(summary.statements) statements failed")
        }
        return summary
    }
}
