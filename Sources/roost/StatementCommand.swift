import ArgumentParser
import Client
import Foundation
import Types

/// Options of every command that works on accounts, over statements to a running server.
struct StatementOptions: ParsableArguments {
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    @Option(help: "How results are printed.")
    var format: OutputFormat = .table
}

/// A command that is one or a few statements to a running server.
enum StatementCommand {
    /// Runs a statement and prints what it gives.
    static func run(_ sql: String, _ options: StatementOptions) async throws {
        try await run(options) { _ in sql }
    }

    /// Runs the statement that `make` makes, told who is logged in.
    static func run(_ options: StatementOptions, _ make: (SessionState) throws -> String) async throws {
        try await reporting {
            try await options.connection.access().withSession { session in
                let sql = try make(await session.state)
                let printer = StatementPrinter(
                    session, format: options.format, showsTiming: false, isInteractive: false)
                try await printer.run(sql)
            }
        }
    }

    /// Runs a statement and prints the rows: in a table for people those columns that are named, else all.
    ///
    /// - Parameter quiet: whether only the first of the columns is printed, a name a line.
    static func list(_ sql: String, columns: [String], quiet: Bool, _ options: StatementOptions) async throws {
        try await reporting {
            try await options.connection.access().withSession { session in
                try await list(try await session.run(sql), columns: columns, quiet: quiet, options)
            }
        }
    }

    /// Prints rows as ``list(_:columns:quiet:_:)-(String,_,_,_)``.
    static func list(
        _ outcome: StatementOutcome, columns: [String], quiet: Bool, _ options: StatementOptions
    ) async throws {
        let output = StandardOutput()
        let all = outcome.columns
        let named = columns.compactMap { name in all.firstIndex { $0.name.lowercased() == name } }
        let rows = try await outcome.allRows()
        if quiet {
            for row in rows {
                if let place = named.first, let name = row[place] { output.write(PlainText.oneLine(name) + "\n") }
            }
        } else {
            let isForPeople = options.format == .table && !named.isEmpty
            let shown = isForPeople ? named : Array(all.indices)
            let writer = options.format.writer(shown.map { all[$0] }) { output.write($0) }
            writer.append(rows.map { row in shown.map { row[$0] } })
            writer.finish()
        }
        output.flush()
    }

    /// Turns failures into exit codes.
    static func reporting(_ body: () async throws -> Void) async throws {
        do { try await body() } catch let error as ClientError {
            throw CommandFailure.report(error)
        } catch let error as RegistryError {
            throw CommandFailure.report(ClientError.usage(error.text))
        }
    }
}

/// Where a new password comes from.
enum NewPassword {
    /// From ROOST_NEW_PASSWORD, else asked for twice on the terminal, else generated.
    ///
    /// - Returns: the password, and whether it was generated and so must be shown.
    static func read(for user: String, generate: Bool) throws -> (password: String, isGenerated: Bool) {
        if generate { return (generated(), true) }
        if let given = ProcessInfo.processInfo.environment["ROOST_NEW_PASSWORD"], !given.isEmpty {
            return (given, false)
        }
        guard let first = Terminal.secret("New password of \(user): ") else {
            throw ClientError.usage(
                "There is no new password, and no terminal to ask for it: set ROOST_NEW_PASSWORD, or give --generate.")
        }
        guard Terminal.secret("The same again: ") == first else {
            throw ClientError.usage("The two passwords are not the same.")
        }
        return (first, false)
    }

    /// 20 letters and digits, 99 bits of chance, none that are taken for one another.
    private static func generated() -> String {
        let letters = Array("abcdefghjkmnpqrstuvwxyz23456789")
        var source = SystemRandomNumberGenerator()
        return String((0..<20).map { _ in letters.randomElement(using: &source) ?? "x" })
    }
}
