import Testing
import Transfer

struct AllowedHostsTests {
    @Test(
        arguments: [
            ("Models.Example.com", "models.example.com", nil), ("a.b:80", "a.b", 80),
            ("10.0.0.5:65535", "10.0.0.5", 65535),
            ("localhost:", "localhost", nil), ("::1", "::1", nil), ("[::1]", "::1", nil),
            ("[FE80::1]:8080", "fe80::1", 8080), ("ip6-localhost", "ip6-localhost", nil), ("a_b", "a_b", nil),
        ] as [(String, String, Int?)])
    func hostAndPortAreTakenApart(text: String, host: String, port: Int?) throws {
        let parsed = try #require(HostAndPort(text))
        #expect(parsed.host == host && parsed.port == port)
        #expect(HostAndPort(parsed.description) == parsed)
    }

    @Test(arguments: [
        "", ":", ":80", "a:b", "a:65536", "a:-1", "a:+1", "a b", "a/b", "http://a", "a@b", "[::1", "[::1]x", "[::1]:x",
        "[a]", "[]", "a:80:x!", "ü.example", "a,b", "a\"b", "a\r\nb",
    ])
    func anythingElseIsNoHost(text: String) {
        #expect(HostAndPort(text) == nil)
    }

    @Test func anEntryWithoutAPortStandsForEveryPort() throws {
        let hosts = AllowedHosts(["Roost.lan", "ported.lan:8443", "web.lan:443", "::1", "not a host"])
        func isAllowed(_ text: String) -> Bool { HostAndPort(text).map(hosts.contains) ?? false }
        for text in ["roost.lan", "ROOST.lan:1", "ported.lan:8443", "web.lan", "web.lan:443", "[::1]:5", "::1"] {
            #expect(isAllowed(text), "\(text)")
        }
        for text in ["roost.lan.evil", "x.roost.lan", "ported.lan", "ported.lan:80", "web.lan:80", "[::2]", "not"] {
            #expect(!isAllowed(text), "\(text)")
        }
        #expect(!hosts.isEmpty && AllowedHosts([String]()).isEmpty && AllowedHosts(["not a host"]).isEmpty)
    }
}
