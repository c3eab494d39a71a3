import Foundation
import TestSupport
import Testing
import Types

@testable import Engine

@Suite("SyntaxNode")
struct SyntaxNodeTests {
    private func parse(_ text: String) throws -> SyntaxNode { try SyntaxNode(parsing: Array(text.utf8)) }

    @Test(
        "Untouched JSON is written back as it was read",
        arguments: [
            #"{"a":1,"b":[true,false,null],"c":{"d":"e"}}"#, "[]", "{}", #""""#,
            #"[1e10,-0.50,12345678901234567890123]"#,
            #"{"z":1,"a":2,"z":3}"#, #""ä 🦆 \"\\""#, #"{"":{}}"#,
        ])
    func roundTrip(_ text: String) throws {
        #expect(try parse(text).json == text)
    }

    @Test("Escapes become their characters")
    func escapes() throws {
        #expect(try parse(#""\n\t\r\b\f\/\u0041\ud83e\udd86""#) == .string("\n\t\r\u{8}\u{C}/A🦆"))
        #expect(try parse(#""\u0000""#).json == #""\u0000""#)
        #expect(try parse(#""\ud800""#) == .string("\u{FFFD}"))
    }

    @Test(
        "Text that is not JSON is refused",
        arguments: [
            "", " ", "{", "[", "[1", "[1,", "[,1]", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1,}", "\"", "\"\\",
            "\"\\x\"",
            "\"\\u12\"", "\"\\ud83e\\u0041\"", "tru", "nul", "+", "-", "1.2.3", "--1", "1 2", "[1]]", "infinite",
            "nano", "'a'", "\u{0}",
            "[1 2]", "{\"a\" 1}", "\"\\u+123\"",
        ])
    func broken(_ text: String) {
        #expect(throws: RegistryError.self) { try parse(text) }
    }

    @Test("Nesting is bounded")
    func nesting() throws {
        let depth = SyntaxNode.maximumDepth
        let deepest = String(repeating: "[", count: depth - 1) + "1" + String(repeating: "]", count: depth - 1)
        #expect(try parse(deepest).json == deepest)
        for text in [
            String(repeating: "[", count: 1_000_000), String(repeating: "{\"a\":", count: 1_000_000),
            "[" + deepest + "]",
        ] {
            let error = #expect(throws: RegistryError.self) { try parse(text) }
            #expect(error?.code == .limitExceeded)
        }
    }

    @Test("The number of values is bounded, whatever holds them")
    func values() throws {
        func parse(_ text: String, atMost most: Int) throws -> SyntaxNode {
            try SyntaxNode(parsing: Array(text.utf8), atMost: most)
        }
        for text in ["[0,0,0]", #"{"a":1,"b":[],"c":null}"#, "[[[[]]]]", #"[{"a":""},{}]"#] {
            #expect(try parse(text, atMost: 4).json == text)
            let error = #expect(throws: RegistryError.self) { try parse(text, atMost: 3) }
            #expect(error?.code == .limitExceeded)
        }
        #expect(MemoryLayout<SyntaxNode>.stride <= 24, "every value of an array takes this much")
    }

    @Test("Members are read, replaced, added and removed by name")
    func members() throws {
        var node = try parse(#"{"a":1,"b":"x","c":[1]}"#)
        #expect(node["a"] == .number("1") && node.name("b") == "x" && node["c"]?.elements.count == 1)
        #expect(node["none"] == nil && node.name("none") == "" && SyntaxNode.null["a"] == nil)
        node["a"] = .bool(true)
        node["d"] = .null
        node["b"] = nil
        #expect(node.json == #"{"a":true,"c":[1],"d":null}"#)
    }

    @Test(
        "Random bytes and mutated documents never crash, and what parses is written and read again",
        .timeLimit(.minutes(2)))
    func fuzz() throws {
        var random = SeededRandom.fromEnvironment()
        let seed = Array(#"{"a":[1,-2.5e3,true,null,"x\n\u00e4\ud83e\udd86"],"b":{"c":{}},"d":""}"#.utf8)
        let alphabet = Array(#"{}[]",:\u0123456789eE+-.truefalsn "#.utf8)
        for round in 0..<20_000 {
            var bytes: [UInt8]
            switch round % 3 {
            case 0:
                bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
            case 1:
                bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                    alphabet[Int.random(in: alphabet.indices, using: &random)]
                }
            default:
                bytes = seed
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let at = Int.random(in: bytes.indices, using: &random)
                    switch Int.random(in: 0..<3, using: &random) {
                    case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                    case 1: bytes.remove(at: at)
                    default: bytes.insert(alphabet[Int.random(in: alphabet.indices, using: &random)], at: at)
                    }
                }
            }
            guard let node = try? SyntaxNode(parsing: bytes) else { continue }
            #expect(try SyntaxNode(parsing: Array(node.json.utf8)) == node, "seed \(random.seed), round \(round)")
        }
    }

    @Test("Every prefix of a document is refused")
    func prefixes() throws {
        let document = Array(#"{"a":[1,true,null,"x\u00e4"],"b":{"c":-1.5e2}}"#.utf8)
        for end in document.indices {
            #expect(throws: RegistryError.self) { try SyntaxNode(parsing: document[..<end]) }
        }
    }
}
