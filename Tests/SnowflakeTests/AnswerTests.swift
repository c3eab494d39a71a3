import Engine
import Testing
import Types

@testable import Snowflake

@Suite("Answers")
struct AnswerTests {
    @Test("Members, arrays and raw parts are joined to one JSON text")
    func writer() throws {
        var writer = AnswerWriter()
        writer.open()
        writer.write("a", 1)
        writer.write("b", nil)
        writer.openArray("c")
        writer.write(nil, "x")
        writer.write(nil, true)
        writer.open()
        writer.close()
        writer.openArray()
        writer.closeArray()
        writer.closeArray()
        writer.writeMembers("")
        writer.writeMembers(#""d":2,"e":[]"#)
        writer.openArray("f")
        writer.writeElements(Array("[1]".utf8))
        writer.closeArray()
        writer.write("g", Int64.max)
        writer.close()
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"a":1,"b":null,"c":["x",true,{},[]],"d":2,"e":[],"f":[[1]],"g":9223372036854775807}"#)
        #expect(try SyntaxNode(parsing: writer.bytes)["f"]?.json == "[[1]]")
    }

    @Test(
        "Any text is written so that it is read back as it was",
        arguments: [
            "", "plain", "\"quoted\" \\ /", "a\nb\r\n\tc", "\u{0}\u{1}\u{1F}\u{7F}", "ä 🦆 \u{2028}\u{FEFF}",
            "{\"a\":[1]}",
        ])
    func strings(_ text: String) throws {
        var bytes: [UInt8] = []
        JSONText.append(text, to: &bytes)
        #expect(try SyntaxNode(parsing: bytes) == .string(text))
        #expect(!bytes.contains { $0 < 0x20 })
    }

    @Test(
        "A column's type is told as the client reads it",
        arguments: [
            (SQLType.fixed(precision: 38, scale: 0), "fixed", "38", "0", "null", "null"),
            (.fixed(precision: 10, scale: 2), "fixed", "10", "2", "null", "null"),
            (.real, "real", "null", "null", "null", "null"),
            (.boolean, "boolean", "null", "null", "null", "null"), (.date, "date", "null", "null", "null", "null"),
            (.time(scale: 9), "time", "0", "9", "null", "null"),
            (.timestampNTZ(scale: 9), "timestamp_ntz", "0", "9", "null", "null"),
            (.timestampLTZ(scale: 9), "timestamp_ltz", "0", "9", "null", "null"),
            (.timestampTZ(scale: 9), "timestamp_tz", "0", "9", "null", "null"),
            (.text(length: 10), "text", "null", "null", "10", "40"),
            (.text(length: 16_777_216), "text", "null", "null", "16777216", "16777216"),
            (.binary(length: 8), "binary", "null", "null", "8", "8"),
            (.variant, "variant", "null", "null", "null", "null"),
            (.object, "object", "null", "null", "null", "null"), (.array, "array", "null", "null", "null", "null"),
        ])
    func rowTypes(
        _ type: SQLType, _ name: String, _ precision: String, _ scale: String, _ length: String, _ bytes: String
    ) throws {
        var writer = AnswerWriter()
        writer.writeRowType(ResultColumn("a \"b\"", type, nullable: false))
        let node = try SyntaxNode(parsing: writer.bytes)
        #expect(node.name("name") == "a \"b\"" && node.name("type") == name && node["nullable"] == .bool(false))
        #expect(
            ["precision", "scale", "length", "byteLength"].map { node[$0]?.json } == [precision, scale, length, bytes])
    }

    @Test(
        "Every kind of error has a code of digits and a SQL state of five", arguments: RegistryError.Code.Kind.allCases)
    func errors(_ kind: RegistryError.Code.Kind) throws {
        let error = RegistryError(RegistryError.Code(kind), "What went wrong.", hint: "What helps.")
        let wire = SnowflakeError(error)
        #expect(Int(wire.code) != nil && wire.code.count == 6 && wire.sqlState.utf8.count == 5)
        #expect(SnowflakeError.message(of: error) == wire.prefix + "What went wrong. What helps.")
        let node = try SyntaxNode(parsing: SnowflakeDoor.failure(error, queryID: "id"))
        #expect(node["success"] == .bool(false) && node.code == wire.code && node.data("queryId") == .string("id"))
        #expect(node.data("line") == .number("-1"))
    }

    @Test(
        "The code says what the client does next",
        arguments: [
            (RegistryError(.sessionExpired, "x", detail: ["token": "session"]), "390112"),
            (RegistryError(.sessionExpired, "x", detail: ["token": "master"]), "390114"),
            (RegistryError(.sessionExpired, "x", detail: ["token": "gone"]), "390111"),
            (RegistryError(.sessionExpired, "x"), "390112"),
            (RegistryError(.unauthenticated, "x"), "390100"),
            (RegistryError(.unauthenticated, "x", detail: ["token": "unknown"]), "390111"),
            (RegistryError(.syntax, "x"), "001003"), (RegistryError(.notFound, "x"), "002003"),
            (RegistryError(.cancelled, "x"), "000604"),
            (RegistryError(.permissionDenied, "x"), "003001"), (RegistryError(.alreadyExists, "x"), "002002"),
            (RegistryError(.unknownColumn, "x"), "000904"),
        ])
    func codes(_ error: RegistryError, _ code: String) { #expect(SnowflakeError(error).code == code) }

    @Test("A position stands before the text, once")
    func positions() {
        let position = RegistryError.Position(line: 2, column: 7)
        let error = RegistryError(.syntax, "unexpected 'x'.", position: position)
        #expect(
            SnowflakeError.message(of: error) == "SQL compilation error:\nerror line 2 at position 7\nunexpected 'x'.")
        let told = RegistryError(.syntax, "syntax error line 2 at position 7 unexpected 'x'.", position: position)
        #expect(
            SnowflakeError.message(of: told)
                == "SQL compilation error:\nsyntax error line 2 at position 7 unexpected 'x'.")
    }
}
