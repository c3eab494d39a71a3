/// A host with or without a port, as a Host header or a setting names it.
package struct HostAndPort: Hashable, Sendable, CustomStringConvertible {
    /// Lower case; an IPv6 address without its brackets.
    package let host: String
    package let port: Int?

    /// Reads `host`, `host:port`, `[IPv6]:port`, `[IPv6]` or a plain IPv6 address; nil for anything else.
    package init?(_ text: String) {
        let text = text.lowercased()
        let end: String.Index
        if text.hasPrefix("[") {
            guard let bracket = text.firstIndex(of: "]") else { return nil }
            host = String(text[text.index(after: text.startIndex)..<bracket])
            end = text.index(after: bracket)
        } else {
            // More than one colon: an IPv6 address, which has no port without brackets.
            let colon = text.firstIndex(of: ":")
            end = colon == text.lastIndex(of: ":") ? colon ?? text.endIndex : text.endIndex
            host = String(text[..<end])
        }
        let isAddress = host.contains(":")
        guard !host.isEmpty, isAddress || !text.hasPrefix("["),
            host.utf8.allSatisfy({ HostAndPort.isAllowed($0, inAddress: isAddress) })
        else { return nil }
        let rest = text[end...]
        if rest.isEmpty || rest == ":" {
            port = nil
        } else {
            let digits = rest.dropFirst()
            guard rest.hasPrefix(":"), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = UInt16(digits)
            else { return nil }
            port = Int(number)
        }
    }

    private static func isAllowed(_ byte: UInt8, inAddress: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "."): true
        case UInt8(ascii: ":"): inAddress
        case UInt8(ascii: "g")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"): !inAddress
        default: false
        }
    }

    /// As a URL has it: `host:port`, `[::1]:8080`.
    package var description: String {
        (host.contains(":") ? "[\(host)]" : host) + (port.map { ":\($0)" } ?? "")
    }
}
