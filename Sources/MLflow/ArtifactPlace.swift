import Foundation
import Store
import Types

/// What an artifact's address means: `<experiment>/<run id>/artifacts/<path>`,
/// `<experiment>/models/<model id>/artifacts/<path>`, or `versions/<id>/<path>` for a registered version.
struct ArtifactPlace: Sendable, Equatable {
    enum Root: Sendable, Equatable {
        case run(String)
        case loggedModel(String)
        /// Read-only.
        case version(Int64)
    }

    /// nil for an address above any root.
    let root: Root?
    /// Below the root, normalised; empty for the root itself.
    let path: String

    /// - Parameter text: a decoded path.
    /// - Throws: `invalidArgument` for a path that leads anywhere else, in any spelling.
    init(parsing text: String) throws {
        guard !MLflowDoor.isSuspicious(text), !text.hasPrefix("/"), !text.contains("#"), !text.contains(";") else {
            throw RegistryError(.invalidArgument, "Invalid path: '\(Self.shown(text))'.")
        }
        guard !text.isEmpty, text != "." else {
            root = nil
            path = ""
            return
        }
        guard !text.contains("//") else {
            throw RegistryError(.invalidArgument, "Invalid path: '\(Self.shown(text))' has an empty or absolute part.")
        }
        let parts = try ArtifactPath.normalized(text).split(separator: "/").map(String.init)
        func rest(_ count: Int) -> String { parts.dropFirst(count).joined(separator: "/") }
        if parts.count >= 2, parts[0] == "versions", let id = Int64(parts[1]) {
            root = .version(id)
            path = rest(2)
        } else if parts.count >= 4, parts[1] == "models", parts[2].hasPrefix("m-"), parts[3] == "artifacts" {
            root = .loggedModel(parts[2])
            path = rest(4)
        } else if parts.count >= 3, parts[2] == "artifacts" {
            root = .run(parts[1])
            path = rest(3)
        } else {
            root = nil
            path = parts.joined(separator: "/")
        }
    }

    private static func shown(_ text: String) -> String {
        String(text.unicodeScalars.prefix(100).map { $0.value < 32 ? "?" : Character($0) })
    }
}

extension MLflowDoor {
    /// Whether a text leads out of its place in any spelling: `..` parts, backslashes, NUL, drive letters, or anything
    /// of the kind under one or more layers of percent-encoding.
    static func isSuspicious(_ text: String) -> Bool {
        var text = text
        for _ in 0..<8 {
            if text.contains("\\") || text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) {
                return true
            }
            if text.split(whereSeparator: { "/?#;".contains($0) }).contains("..") { return true }
            guard text.contains("%"), let decoded = text.removingPercentEncoding, decoded != text else { return false }
            text = decoded
        }
        return true
    }

    /// The path in `mlflow-artifacts:/…` or `mlflow-artifacts://host/…`.
    static func artifactPath(ofURI uri: String) throws -> String {
        var rest = uri.dropFirst("mlflow-artifacts:".count)
        if rest.hasPrefix("//") {
            rest = rest.dropFirst(2).drop { $0 != "/" }
        }
        return String(rest.drop { $0 == "/" })
    }
}
