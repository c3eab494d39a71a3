import Engine
import Foundation
import HummingbirdTesting
import TestSupport
import Testing
import Types

@testable import Snowflake

@Suite("Requests as they come", .timeLimit(.minutes(5)))
struct RequestTests {
    /// `{"sqlText":"SELECT 1"}`, by Python's gzip.compress(…, mtime=0).
    static let gzipped: [UInt8] = {
        let base64 = "H4sIAAAAAAACA6tWKi7MCUmtKFGyUgp29XF1DlEwVKoFAGdYddEWAAAA"
        return Array(Data(base64Encoded: base64) ?? Data())
    }()

    @Test("A gzipped body is read; a truncated or broken one is refused")
    func gzip() async throws {
        let plain = try GzipBody.decode(Self.gzipped, limit: 1000)
        try #require(String(decoding: plain, as: UTF8.self) == #"{"sqlText":"SELECT 1"}"#)
        for end in 0..<Self.gzipped.count {
            #expect(throws: RegistryError.self) { try GzipBody.decode(Array(Self.gzipped[..<end]), limit: 1000) }
        }
        for index in [0, 1, 2, Self.gzipped.count - 8, Self.gzipped.count - 1] {
            var broken = Self.gzipped
            broken[index] ^= 0xFF
            #expect(throws: RegistryError.self, "byte \(index)") { try GzipBody.decode(broken, limit: 1000) }
        }
        let error = #expect(throws: RegistryError.self) { try GzipBody.decode(Self.gzipped, limit: plain.count - 1) }
        #expect(error?.code == .limitExceeded)
        #expect(try GzipBody.decode(Self.gzipped, limit: plain.count) == plain)
        try await DoorHouse().test { wire in
            let token = try await wire.tokens().session
            let uri = "/queries/v1/query-request?requestId=1"
            #expect(try await wire.send(uri, token: token, encoding: "gzip", bytes: Self.gzipped).succeeded)
            let cut = try await wire.send(uri, token: token, encoding: "gzip", bytes: Array(Self.gzipped.dropLast(6)))
            #expect(!cut.succeeded && cut.code == "001008")
            #expect(!(try await wire.send(uri, token: token, bytes: Self.gzipped)).succeeded)
        }
    }

    @Test("A bomb stops at the limit, a body over the limit is refused")
    func limits() async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "head -c 200000000 /dev/zero | gzip -9"]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let bomb = Array(pipe.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilExit()
        try await DoorHouse({ $0.requestLimitBytes = 1 << 20 }).test { wire in
            let token = try await wire.tokens().session
            let uri = "/queries/v1/query-request?requestId=1"
            let bombed = try await wire.send(uri, token: token, encoding: "gzip", bytes: bomb)
            #expect(!bombed.succeeded && bombed.code == "092605" && bombed.message.contains("request-limit"))
            let large = try await wire.query("SELECT 1 /* \(String(repeating: "x", count: 1 << 20)) */", token)
            #expect(!large.succeeded && large.code == "092605")
            #expect(try await wire.query("SELECT 1 /* \(String(repeating: "x", count: 1 << 19)) */", token).succeeded)
        }
    }

    @Test("What anyone may send is limited to what a login needs")
    func loginLimits() async throws {
        try await DoorHouse().test { wire in
            let master = try await wire.tokens().master
            let long = #"{"a":[0\#(String(repeating: ",0", count: 200_000))]}"#
            let padding = #"{"data":{"LOGIN_NAME":"ADMIN","PASSWORD":"\#(String(repeating: "x", count: 300_000))"}}"#
            for body in [long, padding] {
                for (uri, token) in [("/session/v1/login-request", nil), ("/session/token-request", master)]
                    as [(String, String?)]
                {
                    let answer = try await wire.send(uri, body, token: token)
                    #expect(!answer.succeeded && answer.code == "092605" && !answer.message.contains("request-limit"))
                }
            }
            #expect(try await wire.login(more: #","X":"\#(String(repeating: "x", count: 200_000))""#).succeeded)
        }
    }

    @Test("Bodies that are no request are refused with what is wrong")
    func bodies() async throws {
        try await DoorHouse().test { wire in
            let token = try await wire.tokens().session
            for body in [
                "", "[]", "null", "1", "\"SELECT 1\"", "{", "{}", #"{"sqlText":1}"#, #"{"sqlText":null}"#,
                "{\"sqlText\":\"SELECT 1\"} x",
                String(repeating: "[", count: 100_000),
                #"{"sqlText":"SELECT ?","bindings":{"a":{"type":"TEXT","value":"x"}}}"#,
                #"{"sqlText":"SELECT ?","bindings":{"0":{"type":"TEXT","value":"x"}}}"#,
                #"{"sqlText":"SELECT ?","bindings":{"2":{"type":"TEXT","value":"x"}}}"#,
                #"{"sqlText":"SELECT ?","bindings":{"1":{"type":"TEXT","value":["x"]}}}"#,
                #"{"sqlText":"SELECT ?","bindings":{"1":{"type":"FIXED","value":"x"}}}"#,
                #"{"sqlText":""}"#, #"{"sqlText":"   "}"#, #"{"sqlText":"-- nothing"}"#, #"{"sqlText":";"}"#,
            ] {
                let answer = try await wire.send("/queries/v1/query-request?requestId=\(UUID())", body, token: token)
                #expect(
                    !answer.succeeded && ["000900", "001003", "001008", "000002"].contains(answer.code),
                    "\(body.prefix(60)): \(answer.json)")
            }
        }
    }

    @Test("Bindings of every type become literals, in order")
    func bindings() throws {
        func literals(_ json: String) throws -> [String] {
            try SnowflakeDoor.bindings(in: try SnowflakeDoor.parse(Array(#"{"bindings":\#(json)}"#.utf8)))
        }
        #expect(try literals("null").isEmpty && (try literals("{}")).isEmpty)
        #expect(
            try literals(#"{"2":{"type":"TEXT","value":"it's"},"1":{"type":"FIXED","value":"1"}}"#) == ["1", "'it''s'"])
        #expect(
            try literals(
                #"{"1":{"type":"FIXED","value":null},"2":{"type":"BOOLEAN","value":"true"},"3":{"type":"REAL","value":"1.5"}}"#
            )
                == ["NULL", "TRUE", "'1.5'::DOUBLE"])
        #expect(
            try literals(#"{"1":{"type":"FIXED","value":12},"2":{"type":"BOOLEAN","value":false},"3":{"value":"x"}}"#)
                == ["12", "FALSE", "'x'"])
        let many = "{" + (1...300).map { #""\#($0)":{"type":"FIXED","value":"\#($0)"}"# }.joined(separator: ",") + "}"
        #expect(try literals(many) == (1...300).map(String.init))
        for bad in [
            #"{"1":{"type":"DATE","value":"x"}}"#, #"{"65537":{"type":"TEXT","value":"x"}}"#,
            #"{"-1":{"type":"TEXT","value":"x"}}"#,
        ] {
            #expect(throws: RegistryError.self, "\(bad)") { try literals(bad) }
        }
    }

    @Test("Mutated and random requests never crash, and give an answer of the protocol")
    func fuzz() async throws {
        var random = SeededRandom.fromEnvironment()
        let seed = Array(
            #"{"sqlText":"SELECT ? AS A","asyncExec":false,"sequenceId":1,"bindings":{"1":{"type":"FIXED","value":"1"}},"parameters":{"QUERY_TAG":"x"}}"#
                .utf8)
        var requests: [[UInt8]] = []
        for round in 0..<600 {
            var bytes = round % 2 == 0 ? seed : Self.gzipped
            for _ in 0..<Int.random(in: 1...5, using: &random) where !bytes.isEmpty {
                let at = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: at)
                case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
                default: bytes.removeSubrange(at...)
                }
            }
            requests.append(bytes)
        }
        let (all, chance) = (requests, random.seed)
        try await DoorHouse().test { wire in
            let token = try await wire.tokens().session
            for (round, bytes) in all.enumerated() {
                let uri = round % 7 == 0 ? "/session/v1/login-request" : "/queries/v1/query-request?requestId=\(round)"
                let answer = try await wire.send(
                    uri, token: token, encoding: round % 2 == 0 ? nil : "gzip", bytes: bytes)
                #expect(answer["success"] != nil && answer.code != "000603", "seed \(chance), round \(round)")
            }
        }
    }
}
