import ArgumentParser
import Client
import Foundation
import Server
import Types

/// Where a command works: on a running server, or on a data directory whose server is stopped.
struct DirectoryOptions: ParsableArguments {
    @Option(
        name: .customLong("data-directory"),
        help: ArgumentHelp(
            "Work on this data directory itself; its server must be stopped. Default: work through a running server.",
            valueName: "directory"))
    var dataDirectory: String?

    @Option(
        name: .customLong("config"),
        help: ArgumentHelp("With --data-directory: the server's file of settings.", valueName: "file"))
    var config: String?

    /// The settings of the stopped server, nil where a running one is meant.
    func configuration() async throws -> ServerConfiguration? {
        guard let dataDirectory else { return nil }
        let environment = ProcessInfo.processInfo.environment
        return try await ServerConfiguration.read(
            flags: ["data-directory": dataDirectory], environment: environment,
            file: config ?? environment["ROOST_CONFIG"])
    }
}

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Take a backup of everything a server keeps.",
        discussion: """
            Of a running server: the backup is of one moment, while the server goes on; it is written by the server, below \
            its setting 'backup-directory', under the name that is given; ACCOUNTADMIN may. Of a stopped one, with \
            --data-directory: written where you say. On the data directory's own disk the files of models are shared with \
            it by hard links: copy the backup to another disk to be safe from the loss of this one.

              roost backup nightly-2026-01-31 --user ADMIN
              roost backup /mnt/backups/before-upgrade --data-directory /srv/roost
            """)

    @Argument(help: "The backup's name; with --data-directory the directory to make.")
    var target: String

    @OptionGroup var directory: DirectoryOptions
    @OptionGroup var options: StatementOptions

    func run() async throws {
        do {
            if let configuration = try await directory.configuration() {
                let done = try Administration.backUp(to: target, configuration: configuration)
                try Report.print(
                    [
                        "path": done.path, "files": done.files, "bytes": done.bytes, "copiedBytes": done.copiedBytes,
                        "seconds": done.seconds,
                    ], columns: Report.backup, options.format)
                return
            }
        } catch let error as RegistryError { throw CommandFailure.report(error) }
        try await StatementCommand.reporting {
            let answer = try await Report.ask("SELECT SYSTEM$BACKUP(\(SQLWord.literal(target)))", options)
            try Report.print(answer, columns: Report.backup, options.format)
        }
    }
}

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Make a data directory of a backup, or check one.",
        discussion: """
            Every file's digest is seen; nothing is left of a restore that fails. Start the server on the new directory \
            afterwards: roost serve --data-directory DIR.
            """)

    @Argument(help: "The backup, a directory.")
    var backup: String

    @Option(help: ArgumentHelp("The data directory to make: new, or empty.", valueName: "directory"))
    var to: String?

    @Flag(help: "Only see that the backup is whole.")
    var check = false

    @Option(help: "How the result is printed.")
    var format: OutputFormat = .table

    func validate() throws {
        guard check != (to != nil) else { throw ValidationError("Give one of --to and --check.") }
    }

    func run() async throws {
        do {
            let done =
                try to.map { try Administration.restore(backup, to: $0) } ?? Administration.check(backup)
            try Report.print(
                ["path": done.path, "files": done.files, "bytes": done.bytes], columns: ["path", "files", "bytes"],
                format)
        } catch let error as RegistryError { throw CommandFailure.report(error) }
    }
}

struct GCCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc",
        abstract: "Remove what nothing refers to any more.",
        discussion: """
            Without --apply it only says what would go. A running server does the same by itself every hour, but for \
            environments. What was dropped less than 'collection-retention' ago is kept, and so are files that came less \
            than 'collection-grace' ago.
            """)

    @Flag(name: [.long, .customLong("yes")], help: "Remove it.")
    var apply = false

    @OptionGroup var directory: DirectoryOptions
    @OptionGroup var options: StatementOptions

    func run() async throws {
        do {
            if let configuration = try await directory.configuration() {
                let report = try Administration.collect(isDryRun: !apply, configuration: configuration)
                return try print(report)
            }
        } catch let error as RegistryError { throw CommandFailure.report(error) }
        try await StatementCommand.reporting {
            let word = apply ? "apply" : "plan"
            let answer = try await Report.text("SELECT SYSTEM$COLLECT_GARBAGE('\(word)')", options)
            guard let report = try? JSONDecoder().decode(CollectionReport.self, from: Data(answer.utf8)) else {
                throw ClientError.connection("The server's answer can't be read.")
            }
            try print(report)
        }
    }

    private func print(_ report: CollectionReport) throws {
        let output = StandardOutput()
        let writer = options.format.writer([
            ResultField(name: "kind", type: "text"), ResultField(name: "count", type: "fixed"),
            ResultField(name: "bytes", type: "fixed"),
        ]) { output.write($0) }
        writer.append(report.lines.map { [$0.kind, "\($0.count)", "\($0.bytes)"] })
        writer.finish()
        output.flush()
        let count = report.lines.reduce(0) { $0 + $1.count }
        if report.applied {
            StandardOutput.say("removed")
        } else if count > 0 {
            StandardOutput.say("nothing was removed: --apply removes it")
        }
    }
}

/// An answer of the server that is one JSON object, as one row.
enum Report {
    static let backup = ["path", "files", "bytes", "copiedBytes", "seconds"]

    /// The one cell that a statement gives.
    static func text(_ sql: String, _ options: StatementOptions) async throws -> String {
        try await options.connection.access().withSession { session in
            try await session.run(sql).allRows().first?.first.flatMap(\.self) ?? ""
        }
    }

    static func ask(_ sql: String, _ options: StatementOptions) async throws -> [String: Any] {
        let text = try await text(sql, options)
        guard let facts = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else {
            throw ClientError.connection("The server's answer can't be read.")
        }
        return facts
    }

    static func print(_ facts: [String: Any], columns: [String], _ format: OutputFormat) throws {
        let output = StandardOutput()
        let fields = columns.map { ResultField(name: $0, type: facts[$0] is String ? "text" : "fixed") }
        let writer = format.writer(fields) { output.write($0) }
        writer.append([columns.map { name in facts[name].map { "\($0)" } }])
        writer.finish()
        output.flush()
    }
}
