import Testing
import Types

@Suite struct IdentifierTests {
    @Test(arguments: [
        ("iris", ["IRIS"]), ("\"iris\"", ["iris"]), ("a.\"b.c\".d", ["A", "b.c", "D"]), ("\"a\"\"b\"", ["a\"b"]),
        ("_x$1", ["_X$1"]),
    ])
    func resolvesNames(text: String, expected: [String]) throws {
        #expect(try Identifier.split(text).map(\.name) == expected)
    }

    @Test(arguments: ["", "1a", "a b", "\"open", "a..b", "a.", "$x", "\"\"", "a-b"])
    func refusesMalformedNames(text: String) {
        #expect(throws: RegistryError.self) { try Identifier.split(text) }
    }

    @Test func refusesNamesOverTheLimit() {
        let error = #expect(throws: RegistryError.self) {
            try Identifier(parsing: String(repeating: "x", count: 1_000_000))
        }
        #expect(error?.code == .limitExceeded)
        #expect((error?.message.count ?? 0) < 200)
    }

    @Test func writesNamesSoThatTheyResolveToThemselves() throws {
        for name in ["IRIS", "iris", "my-model", "a\"b", "É", "1A", "A$"] {
            let identifier = Identifier(resolved: name)
            #expect(try Identifier(parsing: identifier.description) == identifier)
            #expect(try Identifier(parsing: identifier.quoted) == identifier)
        }
    }

    @Test func suggestsNearNames() {
        #expect(RegistryError.nearMiss("CHRN", ["CHURN", "IRIS"]) == "Did you mean 'CHURN'?")
        #expect(RegistryError.nearMiss("XYZ", ["CHURN", "IRIS"]) == nil)
    }
}
