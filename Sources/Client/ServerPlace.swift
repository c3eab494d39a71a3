/// Where a server is and how to reach it.
package struct ServerPlace: Sendable, Hashable {
    /// A name or an address, IPv6 without brackets.
    package var host: String
    package var port: Int
    /// Whether to speak TLS.
    package var isSecure: Bool
    /// PEM file of the certificates to trust besides the system's, nil for none.
    package var certificateFile: String?

    package init(host: String, port: Int, isSecure: Bool, certificateFile: String? = nil) {
        self.host = host
        self.port = port
        self.isSecure = isSecure
        self.certificateFile = certificateFile
    }

    /// As in a Host header: IPv6 in brackets.
    package var authority: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    /// As a person reads it.
    package var url: String { "\(isSecure ? "https" : "http")://\(authority)" }
}
