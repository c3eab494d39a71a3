/// The hosts under which a server may be called.
///
/// An entry without a port stands for every port; one with a port for that alone, 80 and 443 also where a request
/// leaves them out. A plain value, usable from any thread.
package struct AllowedHosts: Sendable {
    private let hosts: Set<String>
    private let exact: Set<HostAndPort>

    /// Names by which a server on a loopback address is reached.
    package static let loopbackNames: Set<String> = ["localhost", "127.0.0.1", "::1", "ip6-localhost"]

    /// - Parameter entries: as ``HostAndPort`` reads them; others match nothing.
    package init(_ entries: some Sequence<String>) {
        let parsed = entries.compactMap(HostAndPort.init)
        hosts = Set(parsed.filter { $0.port == nil }.map(\.host))
        exact = Set(parsed.filter { $0.port != nil })
    }

    package var isEmpty: Bool { hosts.isEmpty && exact.isEmpty }

    /// Whether a request may name this host.
    package func contains(_ host: HostAndPort) -> Bool {
        if hosts.contains(host.host) || exact.contains(host) { return true }
        guard host.port == nil else { return false }
        return exact.contains { $0.host == host.host && ($0.port == 80 || $0.port == 443) }
    }
}
