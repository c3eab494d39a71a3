import Foundation
import SnowflakeSQL
import Types

/// Where in the user's text a missing table or an error of DuckDB lies. DuckDB counts in the text that the engine gave it, which is another.
enum ErrorPlace {
    /// The error with the position of what its message names in the user's text, or with none.
    static func inUsersText(_ error: RegistryError, _ sql: String) -> RegistryError {
        let isMissingTable = error.code == .notFound && ["Table", "View"].contains(error.detail["kind"] ?? "")
        guard error.detail["duckdb"] != nil && error.position != nil || isMissingTable && error.position == nil else {
            return error
        }
        return RegistryError(
            error.code, error.message, hint: error.hint, position: place(error.message, sql), detail: error.detail,
            cause: error.cause)
    }

    private static func place(_ message: String, _ sql: String) -> RegistryError.Position? {
        guard sql.utf8.count < 1 << 20, let tokens = try? Tokenizer.significant(sql) else { return nil }
        for name in names(in: message) {
            let wanted = name.uppercased()
            if let token = tokens.first(where: {
                $0.text.uppercased() == wanted || $0.text.uppercased() == "\"\(wanted)\""
                    || $0.text.uppercased() == "'\(wanted)'"
            }) {
                return token.position
            }
        }
        return nil
    }

    /// What stands between quotes in a message.
    private static func names(in message: String) -> [String] {
        ["'", "\""].flatMap { quote -> [String] in
            let parts = message.components(separatedBy: quote)
            // The user may have written the last part only.
            return stride(from: 1, to: parts.count - 1, by: 2).flatMap { index in
                [parts[index]] + (parts[index].split(separator: ".").last.map { [String($0)] } ?? [])
            }
        }
    }
}
