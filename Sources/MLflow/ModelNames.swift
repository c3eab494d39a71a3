import Registry
import Store
import Tracking
import Types

/// Names as MLflow writes them and as the catalog keeps them.
///
/// A plain name resolves as in SQL (`iris` is `IRIS`) and keeps its spelling for display; any other is kept exactly.
/// `db.schema.name` counts as a full name where the schema exists. A name in double quotes is exact, as in SQL.
extension MLflowDoor {
    /// A model's name, and how it was written.
    func modelName(_ text: String, as principal: Principal) throws -> (name: ObjectName, display: String) {
        try Self.check(text)
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 3, parts.allSatisfy({ !$0.isEmpty }) {
            let namespace = Namespace(Identifier(written: parts[0]), Identifier(written: parts[1]))
            if try namespace == tracking.home || isSchema(namespace, as: principal) {
                let name = Identifier(written: parts[2])
                return (ObjectName(namespace, name), Self.display(parts[2], name))
            }
        }
        let name = Identifier(written: text)
        return (ObjectName(tracking.home, name), Self.display(text, name))
    }

    private func isSchema(_ namespace: Namespace, as principal: Principal) throws -> Bool {
        do {
            _ = try registry.findSchema(namespace, as: principal)
            return true
        } catch let error as RegistryError where error.code == .notFound {
            return false
        }
    }

    /// How a model is called here.
    func shown(_ model: RegisteredModelRow) -> String {
        Self.shown(model.name, model.displayName, home: tracking.home)
    }

    static func shown(_ name: ObjectName, _ display: String?, home: Namespace) -> String {
        name.namespace == home ? display ?? name.name.written : name.description
    }

    private static func display(_ text: String, _ name: Identifier) -> String {
        text.hasPrefix("\"") ? name.written : text
    }

    private static func check(_ text: String) throws {
        func refuse(_ reason: String) -> RegistryError {
            RegistryError(.invalidArgument, "Invalid model name: '\(text.prefix(100))' \(reason).")
        }
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw RegistryError(.invalidArgument, "Registered model name cannot be empty.")
        }
        guard text.count <= 255 else { throw refuse("has \(text.count) characters; at most 255 are allowed") }
        guard !text.contains("/"), !text.contains(":") else { throw refuse("must not contain '/' or ':'") }
        guard text != ".", text != "..", !text.contains("\\"), !text.unicodeScalars.contains(where: { $0.value < 32 })
        else { throw refuse("must not be a path or hold control characters") }
    }

    /// An alias and how it was written.
    static func alias(_ text: String) throws -> (name: Identifier, display: String?) {
        let isWell = (1...255).contains(text.count)
            && text.unicodeScalars.allSatisfy {
                $0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "_" || $0 == "-"
            }
        let isVersion = text.count > 1 && text.lowercased().hasPrefix("v") && text.dropFirst().allSatisfy(\.isNumber)
        guard isWell, !isVersion, text.lowercased() != "latest" else {
            throw RegistryError(
                .invalidArgument,
                "Invalid alias name: '\(text.prefix(100))'. It may hold letters, digits, '_' and '-', at most 255 of them; "
                    + "'latest' and 'v<number>' are reserved.")
        }
        let name = Identifier(written: text)
        return (name, text == name.name ? nil : text)
    }

    /// Runs `body`; what it says of a missing or taken model is said in MLflow's words.
    func aboutModel<Value>(_ text: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as RegistryError where error.detail["kind"] == "Model" || error.message.hasPrefix("Model '") {
            switch error.code {
            case .notFound:
                throw RegistryError(.notFound, "Registered Model with name=\(text) not found", cause: error)
            case .alreadyExists:
                throw RegistryError(.alreadyExists, "Registered Model (name=\(text)) already exists.", cause: error)
            default: throw error
            }
        }
    }
}
