/// Copies files from one server's proxied artifacts to the other's: what is there in its size already is left alone.
struct FileImport: Sendable {
    let source: TrackingServer
    let target: TrackingServer
    let say: @Sendable (String) -> Void

    /// How much was copied.
    struct Copied: Sendable {
        var files = 0
        var bytes: Int64 = 0
    }

    /// The path below the source's artifacts that an address means.
    ///
    /// - Throws: ``RemoteRefusal`` for an address that the source does not serve.
    func path(ofURI uri: String, of what: String) throws -> String {
        guard uri.hasPrefix("mlflow-artifacts:") else {
            throw RemoteRefusal(
                "The files of \(what) are at '\(uri)', which \(source.url) does not hand out: start it with "
                    + "--serve-artifacts.")
        }
        var rest = uri.dropFirst("mlflow-artifacts:".count)
        if rest.hasPrefix("//") { rest = rest.dropFirst(2).drop { $0 != "/" } }
        return String(rest.drop { $0 == "/" })
    }

    /// Copies a file; a connection that is lost under it is tried again.
    private func copyFile(_ from: String, to: String, size: Int64) async throws {
        for attempt in 1... {
            do {
                _ = try await HTTPStream.copy(from: source.end(from), to: target.end(to), size: size)
                return
            } catch ClientError.connection(let text) {
                guard attempt < Self.attempts else {
                    throw ClientError.connection("\(text) It was in '\(from)'. Run the same command again to go on.")
                }
                say("  \(text) Trying again.")
                try await Task.sleep(for: .milliseconds(250 * attempt))
            }
        }
    }

    private static let attempts = 4

    /// Copies a directory with all below it.
    func copy(_ from: String, to directory: String) async throws -> Copied {
        let wanted = try await source.listFiles(below: from)
        let there = wanted.isEmpty ? [:] : try await target.listFiles(below: directory)
        var copied = Copied()
        for (path, size) in wanted.sorted(by: { $0.key < $1.key }) where there[path] != size {
            try await copyFile("\(from)/\(path)", to: "\(directory)/\(path)", size: size)
            say("  \(path)  \(size) bytes")
            copied.files += 1
            copied.bytes += size
        }
        return copied
    }
}
