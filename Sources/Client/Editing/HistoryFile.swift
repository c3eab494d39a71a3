package import Foundation

/// The texts that were entered, kept in a file that only its owner may read, one text a line.
///
/// Not kept: a text that is empty, repeats the one before, begins with a space, or speaks of a password, a token or a
/// secret. A file that can't be read or written does no harm: the history then lasts as long as the process.
package final class HistoryFile {
    /// Texts that are kept in the file.
    private static let most = 2000

    private let url: URL?
    /// The oldest first.
    package private(set) var entries: [String] = []

    /// - Parameter url: nil to keep the history in memory only.
    package init(_ url: URL?) {
        self.url = url
        guard let url, let text = try? String(contentsOf: url, encoding: .utf8) else { return }
        entries = text.split(separator: "\n").map { HistoryFile.decoded($0) }
        if entries.count > HistoryFile.most + HistoryFile.most / 2 {
            entries.removeFirst(entries.count - HistoryFile.most)
            rewrite()
        }
    }

    /// Where the history is kept by the rules of the desktop: `$XDG_STATE_HOME/roost/history`, or below `~/.local/state`.
    ///
    /// Source: https://specifications.freedesktop.org/basedir-spec/latest/
    package static func standardPlace(_ environment: [String: String]) -> URL? {
        if let own = environment["ROOST_HISTORY"] { return own.isEmpty ? nil : URL(fileURLWithPath: own) }
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") {
            return URL(fileURLWithPath: state).appending(path: "roost/history")
        }
        guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
        return URL(fileURLWithPath: home).appending(path: ".local/state/roost/history")
    }

    package func append(_ text: String) {
        let kept = text.trimmingCharacters(in: .newlines)
        guard HistoryFile.isKept(kept), kept != entries.last else { return }
        entries.append(kept)
        guard let url else { return }
        try? FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let file = open(url.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        let line = Array((HistoryFile.encoded(kept) + "\n").utf8)
        _ = write(file, line, line.count)
    }

    private func rewrite() {
        guard let url else { return }
        let text = entries.map { HistoryFile.encoded($0) + "\n" }.joined()
        let fresh = url.appendingPathExtension("new")
        guard
            FileManager.default.createFile(
                atPath: fresh.path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else { return }
        rename(fresh.path, url.path)
    }

    static func isKept(_ text: String) -> Bool {
        guard let first = text.first, !first.isWhitespace else { return false }
        return text.range(of: "password|token|secret", options: [.regularExpression, .caseInsensitive]) == nil
    }

    static func encoded(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    }

    static func decoded(_ line: Substring) -> String {
        var text = ""
        var isEscaped = false
        for character in line {
            if isEscaped {
                text.append(character == "n" ? "\n" : character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                text.append(character)
            }
        }
        return text
    }
}
