import ArgumentParser
import Client
import Foundation
import Types

struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Register a model directory: one of MLflow, or a package of snowflake-ml-python.",
        discussion: """
            Sends the directory to a running server and makes a version of it: the model's first one, or one more of a model \
            that is there. Nothing of the model is run, here or there, and no Python is needed here.

            The directory holds MLmodel (mlflow.….save_model) or MANIFEST.yml at its root. A name without a schema is in the \
            session's schema, else in ML.REGISTRY. The new version goes to standard output: the model's full name and the \
            version's.

              roost log ./model --name churn -u ADMIN
              roost log ./model --name sales.models.churn --version v2 --comment "trained on May"
            """)

    @Argument(help: ArgumentHelp("The directory.", valueName: "directory"))
    var directory: String

    @Option(name: [.short, .long], help: "The model's name: model, or database.schema.model.")
    var name: String

    @Option(help: ArgumentHelp("The version's name. Default: V and its number.", valueName: "name"))
    var version: String?

    @Option(help: "Words about the version.")
    var comment: String?

    @Flag(name: [.short, .long], help: "Print only the version's name, and nothing while files are sent.")
    var quiet = false

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run() async throws {
        try await StatementCommand.reporting {
            let upload = try DirectoryUpload(
                URL(fileURLWithPath: (directory as NSString).expandingTildeInPath, isDirectory: true))
            guard upload.has("MLmodel") || upload.has("MANIFEST.yml") else {
                throw ClientError.usage(
                    "'\(directory)' is no model directory: it has neither MLmodel nor MANIFEST.yml at its root.")
            }
            let version = try version.map { try SQLWord.name($0) }
            try await connection.access().withSession { session in
                let model = try LogCommand.fullName(name, await session.state)
                let stage = "\(model.namespace.map { "\($0)." }.joined())ROOST_LOG_\(LogCommand.word())"
                _ = try await session.run("CREATE TEMPORARY STAGE \(stage)")
                try await upload.send(to: stage, over: session) { entry in
                    if !quiet { StandardOutput.say("\(entry.path)  \(entry.size) bytes") }
                }
                try await make(model.text, version, from: stage, over: session)
                let made = try await LogCommand.lastVersion(of: model.text, version, over: session)
                let output = StandardOutput()
                output.write(quiet ? "\(made)\n" : "\(model.text) \(made)\n")
                output.flush()
            }
        }
    }

    /// Makes the model, or adds a version where there is one of that name.
    private func make(
        _ model: String, _ version: String?, from stage: String, over session: ServerSession
    ) async throws {
        let words = SQLWord.property("COMMENT", comment).map { " \($0)" } ?? ""
        do {
            let clause = version.map { " WITH VERSION \($0)" } ?? ""
            _ = try await session.run("CREATE MODEL \(model)\(clause) FROM @\(stage)")
            if let comment {
                let name = try await LogCommand.lastVersion(of: model, version, over: session)
                _ = try await session.run(
                    "ALTER MODEL \(model) MODIFY VERSION \(name) SET COMMENT = \(SQLWord.literal(comment))")
            }
        } catch ClientError.statement(let failure) where failure.code == LogCommand.alreadyExists {
            let name = version.map { " \($0)" } ?? ""
            _ = try await session.run("ALTER MODEL \(model) ADD VERSION\(name) FROM @\(stage)\(words)")
        }
    }

    /// Snowflake's code for an object of that name that is there.
    private static let alreadyExists = "002002"

    /// The model's name with its database and schema, as SQL writes it.
    private static func fullName(
        _ text: String, _ state: SessionState
    ) throws -> (namespace: [String], text: String) {
        let parts = try Identifier.split(text)
        let namespace: [Identifier]
        switch parts.count {
        case 1:
            namespace = [state.database ?? "ML", state.schema ?? "REGISTRY"].map { Identifier(resolved: $0) }
        case 2: namespace = [Identifier(resolved: state.database ?? "ML"), parts[0]]
        case 3: namespace = Array(parts[..<2])
        default: throw ClientError.usage("'\(text)' is no name of a model: model, or database.schema.model.")
        }
        let names = namespace.map(\.description)
        return (names, (names + [parts[parts.count - 1].description]).joined(separator: "."))
    }

    /// The name of the version as SQL writes it: the one that was asked for, else the newest.
    private static func lastVersion(
        of model: String, _ version: String?, over session: ServerSession
    ) async throws -> String {
        if let version { return version }
        let outcome = try await session.run("SHOW VERSIONS IN MODEL \(model)")
        let columns = outcome.columns.map { $0.name.lowercased() }
        guard let name = columns.firstIndex(of: "name"), let aliases = columns.firstIndex(of: "aliases"),
            let row = try await outcome.allRows().first(where: { $0[aliases]?.contains("\"LAST\"") == true }),
            let found = row[name]
        else { throw ClientError.connection("The server does not tell the new version.") }
        return Identifier(resolved: found).description
    }

    /// A word that no other stage of the schema has in its name.
    private static func word() -> String { UUID().uuidString.replacing("-", with: "") }
}
