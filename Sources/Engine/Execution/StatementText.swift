import Foundation

/// A statement's text as the history and logs may keep it.
enum StatementText {
    /// The text with every password replaced by asterisks.
    static func withoutSecrets(_ sql: String) -> String {
        // Most statements have none: a look at the bytes is enough.
        let folded = sql.lowercased()
        guard ["password", "token", "secret", "_key"].contains(where: folded.contains) else { return sql }
        // Words after which a literal is a secret.
        let secret =
            #/(?i)\b(password|token|secret|private_key|rsa_public_key)(\s*=?\s*)('(?:[^'\\]|''|\\.)*'|\$\$.*?\$\$)/#
        return sql.replacing(secret) { match in "\(match.output.1)\(match.output.2)'***'" }
    }
}
