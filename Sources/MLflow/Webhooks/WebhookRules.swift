import NIOCore
import Types

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where webhooks may be sent to.
package struct WebhookRules: Sendable {
    /// Lower-case schemes that addresses may have.
    package var schemes: Set<String> = ["https"]
    /// Whether receivers may be on this machine and in private networks.
    package var allowsPrivateAddresses = false
    /// A PEM file of authorities that sign receivers' certificates, beside those of the system.
    package var certificates: String?

    package init() {}
}

/// The address of a receiver, taken apart.
struct WebhookURL: Sendable {
    let isSecure: Bool
    let host: String
    let port: Int
    /// Path and query, as the request names them.
    let target: String

    /// As the Host header names the receiver.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    private static let mostCharacters = 2000

    /// - Throws: `invalidArgument`, saying what is wrong with the address.
    init(parsing text: String, _ rules: WebhookRules) throws {
        func refuse(_ reason: String, hint: String? = nil) -> RegistryError {
            RegistryError(.invalidArgument, "Invalid webhook URL: \(reason).", hint: hint)
        }
        guard !text.isEmpty, text.utf8.count <= Self.mostCharacters else {
            throw refuse("it has \(text.utf8.count) bytes, and 1 to \(Self.mostCharacters) are allowed")
        }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }) else {
            throw refuse("it holds characters that must be percent-encoded")
        }
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased() else {
            throw refuse("it is not of the form https://host/path")
        }
        guard rules.schemes.contains(scheme) else {
            throw refuse(
                "the scheme '\(scheme.prefix(20))' is not allowed; allowed are \(rules.schemes.sorted().joined(separator: ", "))",
                hint: "The server's administrator sets the schemes with 'webhook-schemes'.")
        }
        guard parts.user == nil, parts.password == nil else { throw refuse("it must not hold a user or password") }
        guard parts.fragment == nil else { throw refuse("it must not have a fragment") }
        guard var host = parts.host, !host.isEmpty else { throw refuse("it names no host") }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.contains("%") else { throw refuse("its host is not plain") }
        isSecure = scheme == "https"
        guard (1...65535).contains(parts.port ?? 1) else { throw refuse("its port is not in 1...65535") }
        port = parts.port ?? (isSecure ? 443 : 80)
        self.host = host
        let path = parts.percentEncodedPath
        target = (path.isEmpty ? "/" : path) + (parts.percentEncodedQuery.map { "?" + $0 } ?? "")
    }
}

extension WebhookRules {
    /// Whether a connection to the address may be opened.
    ///
    /// Public addresses may; private ones and this machine's where that is allowed. What belongs to the network itself
    /// never may: link-local addresses, which cloud providers' metadata services have, multicast and reserved ones.
    func allows(_ address: SocketAddress) -> Bool {
        switch address {
        case .v4(let v4): return allows(withUnsafeBytes(of: v4.address.sin_addr) { Array($0) })
        case .v6(let v6):
            let bytes = withUnsafeBytes(of: v6.address.sin6_addr) { Array($0) }
            // IPv4 in IPv6: mapped, and as NAT64 translates it.
            if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
                return allows(Array(bytes[12...]))
            }
            if bytes[..<12].elementsEqual([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]) {
                return allows(Array(bytes[12...]))
            }
            return allowsV6(bytes)
        case .unixDomainSocket: return false
        }
    }

    /// Source: https://www.iana.org/assignments/iana-ipv4-special-registry
    private func allows(_ ip: [UInt8]) -> Bool {
        switch (ip[0], ip[1], ip[2]) {
        case (10, _, _), (127, _, _), (172, 16...31, _), (192, 168, _), (100, 64...127, _): allowsPrivateAddresses
        case (0, _, _), (169, 254, _), (192, 0, 0), (192, 0, 2), (192, 88, 99), (198, 18...19, _), (198, 51, 100),
            (203, 0, 113), (224..., _, _):
            false
        default: true
        }
    }

    /// Source: https://www.iana.org/assignments/iana-ipv6-special-registry: of global addresses there is 2000::/3.
    private func allowsV6(_ ip: [UInt8]) -> Bool {
        if ip[..<15].allSatisfy({ $0 == 0 }), ip[15] == 1 { return allowsPrivateAddresses }
        if ip[0] & 0xFE == 0xFC { return allowsPrivateAddresses }
        guard ip[0] & 0xE0 == 0x20 else { return false }
        switch (ip[0], ip[1]) {
        // 6to4 carries an IPv4 address.
        case (0x20, 0x02): return allows(Array(ip[2..<6]))
        // Teredo and other assignments of protocols, and addresses of documentation.
        case (0x20, 0x01) where ip[2] < 2 || (ip[2] == 0x0D && ip[3] == 0xB8): return false
        case (0x3F, 0xFF) where ip[2] & 0xF0 == 0: return false
        default: return true
        }
    }
}
