import Types

/// What URLs that the server hands out start with.
///
/// The configured public URL comes first; else a request's Host header counts where it is on the list of allowed
/// hosts; else the listening address. `X-Forwarded-…` headers count for nothing: behind a proxy, configure the public
/// URL. A plain value, usable from any thread.
package struct PublicAddress: Sendable {
    private let configured: String?
    private let allowedHosts: AllowedHosts
    private let scheme: String
    private let listening: String

    /// - Parameters:
    ///   - publicURL: `https://models.example.com` or `http://10.0.0.5:8080/roost`, nil where none is configured.
    ///   - allowedHosts: hosts that count where a Host header names them, as ``AllowedHosts`` reads them.
    ///   - listenHost: the address that the server listens on; a wildcard stands for loopback.
    ///   - listenPort: the port it listens on, 1...65535.
    ///   - tls: whether the listening port speaks TLS.
    /// - Throws: `invalidArgument` when the public URL is not an http(s) URL or has a query or fragment.
    package init(publicURL: String?, allowedHosts: [String] = [], listenHost: String, listenPort: Int, tls: Bool) throws
    {
        configured = try publicURL.map(Self.checked)
        self.allowedHosts = AllowedHosts(allowedHosts)
        scheme = tls ? "https" : "http"
        let host =
            switch listenHost {
            case "::": "::1"
            case _ where Self.isWildcard(listenHost): "127.0.0.1"
            default: listenHost
            }
        listening = (host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host) + ":\(listenPort)"
    }

    /// The start of a URL, without a slash at its end.
    ///
    /// - Parameter requestHost: the Host header of the request being answered, nil where there is none.
    package func base(requestHost: String? = nil) -> String {
        if let configured { return configured }
        if let host = requestHost.flatMap(HostAndPort.init), allowedHosts.contains(host) {
            return "\(scheme)://\(host)"
        }
        return "\(scheme)://\(listening)"
    }

    /// Whether URLs for a request lead where it came from: false for a client that called this server by a name that it
    /// does not know to be its own.
    package func leadsBack(to requestHost: String?) -> Bool {
        if configured != nil { return true }
        guard let host = requestHost.flatMap(HostAndPort.init) else { return false }
        return allowedHosts.contains(host) || host == HostAndPort(listening)
    }

    /// Whether the address stands for every one of the machine's: no client can connect to it as it is.
    package static func isWildcard(_ listenHost: String) -> Bool { ["0.0.0.0", "::", ""].contains(listenHost) }

    private static func checked(_ url: String) throws -> String {
        var text = url
        while text.hasSuffix("/") { text.removeLast() }
        let lower = text.lowercased()
        guard let start = ["http://", "https://"].first(where: lower.hasPrefix), text.count > start.count,
            !text.contains(where: { $0 == "?" || $0 == "#" || $0.isWhitespace || !$0.isASCII })
        else {
            throw RegistryError(
                .invalidArgument, "The public URL '\(url)' is not a plain http or https URL.",
                hint: "Write it as https://host[:port][/path].")
        }
        return text
    }
}
