import Testing
import Types

@testable import Engine

@Suite("TreeRewriter")
struct TreeRewriterTests {
    /// Walks a tree with a resolver that knows only the table T.
    private func rewrite(_ json: String) throws -> SyntaxNode {
        var rewriter = TreeRewriter(
            table: { name in
                guard name.last.name == "T" else { throw RegistryError.missing("Object", "\(name)") }
                return .table(catalog: "ml", schema: "PUBLIC", name: "T")
            },
            call: { index, _, _ in .make(["class": .string("CONSTANT"), "value": .number("\(index)")]) },
            tableCall: { index, _, _ in .make(["type": .string("EMPTY"), "alias": .string("\(index)")]) },
            columns: { star, _, _ in [star] },
            system: { name, _ in .make(["class": .string("CONSTANT"), "value": .string(name)]) })
        return try rewriter.rewrite(try SyntaxNode(parsing: Array(json.utf8)))
    }

    private func select(from: String, list: String = "[]", ctes: String = "[]") -> String {
        #"{"node":{"type":"SELECT_NODE","cte_map":{"map":\#(ctes)},"select_list":\#(list),"from_table":\#(from)}}"#
    }

    private func table(_ name: String, schema: String = "", catalog: String = "", at: String = "null") -> String {
        #"{"type":"BASE_TABLE","alias":"","sample":null,"query_location":7,"schema_name":"\#(schema)","table_name":"\#(name)","#
            + #""column_name_alias":[],"catalog_name":"\#(catalog)","at_clause":\#(at)}"#
    }

    private func call(_ name: String, schema: String = "", catalog: String = "") -> String {
        #"{"class":"FUNCTION","type":"FUNCTION","alias":"","function_name":"\#(name)","schema":"\#(schema)","#
            + #""catalog":"\#(catalog)","children":[]}"#
    }

    @Test("A table is resolved, everything around it stays")
    func resolves() throws {
        let node = try rewrite(select(from: table("T")))
        let from = node["node"]?["from_table"]
        #expect(
            from?.name("catalog_name") == "ml" && from?.name("schema_name") == "PUBLIC"
                && from?.name("table_name") == "T")
        #expect(from?["query_location"] == .number("7"))
    }

    @Test("A table that the resolver refuses is refused", arguments: ["sqlite_master", "/etc/passwd", "duckdb_tables"])
    func refuses(_ name: String) {
        #expect(throws: RegistryError.self) { try rewrite(select(from: table(name))) }
    }

    @Test("A name is a CTE's only after its definition, and only inside its query")
    func scopes() throws {
        func cte(_ name: String, _ from: String) -> String {
            #"{"key":"\#(name)","value":{"query":{"node":{"type":"SELECT_NODE","cte_map":{"map":[]},"from_table":\#(from)}}}}"#
        }
        _ = try rewrite(select(from: table("x"), ctes: "[\(cte("X", table("T")))]"))
        _ = try rewrite(select(from: table("y"), ctes: "[\(cte("X", table("T"))),\(cte("Y", table("x")))]"))
        // It does not see itself, what follows it, or what a name with a schema means.
        #expect(throws: RegistryError.self) { try rewrite(select(from: table("x"), ctes: "[\(cte("X", table("x")))]")) }
        #expect(throws: RegistryError.self) {
            try rewrite(select(from: table("x"), ctes: "[\(cte("X", table("y"))),\(cte("Y", table("T")))]"))
        }
        #expect(throws: RegistryError.self) {
            try rewrite(select(from: table("x", schema: "main"), ctes: "[\(cte("X", table("T")))]"))
        }
        let inner =
            #"{"type":"SUBQUERY","alias":"","sample":null,"query_location":1,"subquery":"#
            + select(from: table("T"), ctes: "[\(cte("INNER_ONE", table("T")))]") + "}"
        let join =
            #"{"type":"JOIN","alias":"","sample":null,"query_location":1,"left":\#(inner),"right":\#(table("inner_one"))}"#
        #expect(throws: RegistryError.self) { try rewrite(select(from: join)) }
    }

    @Test(
        "Kinds of queries, tables and expressions that are not known are refused",
        arguments: [
            #"{"node":{"type":"STATEMENT_NODE","cte_map":{"map":[]}}}"#,
            #"{"node":{"type":"SELECT_NODE","cte_map":{"map":[]},"from_table":{"type":"SHOW_REF","alias":"","query_location":1}}}"#,
            #"{"node":{"type":"SELECT_NODE","cte_map":{"map":[]},"from_table":{"type":"COLUMN_DATA","alias":"","sample":null}}}"#,
            #"{"node":{"type":"SELECT_NODE","cte_map":{"map":[]},"select_list":[{"class":"PARAMETER","alias":""}]}}"#,
            #"{"node":{"type":"SELECT_NODE","cte_map":{"map":[]},"select_list":[{"class":"BOUND_REF","alias":""}]}}"#,
        ])
    func unknownKinds(_ json: String) {
        let error = #expect(throws: RegistryError.self) { try rewrite(json) }
        #expect(error?.code == .unsupported)
    }

    @Test(
        "A function passes by the allow-list only, and only without a catalog",
        arguments: [
            ("upper", "", "", true), ("upper", "main", "", true), ("upper", "", "system", false),
            ("upper", "pg_catalog", "", false),
            ("getenv", "", "", false), ("GETENV", "", "", false), ("read_text", "", "", false),
            ("current_setting", "", "", false),
            ("roost_call_", "", "", false), ("roost_method_1", "", "", false),
        ])
    func functions(_ name: String, _ schema: String, _ catalog: String, _ passes: Bool) throws {
        let json = select(
            from: #"{"type":"EMPTY","alias":"","query_location":0}"#,
            list: "[\(call(name, schema: schema, catalog: catalog))]")
        if passes { _ = try rewrite(json) } else { #expect(throws: RegistryError.self) { try rewrite(json) } }
    }

    @Test(
        "A table function passes by its own allow-list",
        arguments: [
            ("range", true), ("unnest", true), ("read_csv", false), ("glob", false), ("upper", false),
            ("duckdb_settings", false),
        ])
    func tableFunctions(_ name: String, _ passes: Bool) throws {
        let json = select(
            from: #"{"type":"TABLE_FUNCTION","alias":"","sample":null,"query_location":1,"function":\#(call(name))}"#)
        if passes { _ = try rewrite(json) } else { #expect(throws: RegistryError.self) { try rewrite(json) } }
    }

    @Test("Arguments of functions, windows and lambdas are walked, too")
    func nested() {
        let inner = call("getenv")
        for json in [
            #"{"class":"OPERATOR","children":[\#(inner)]}"#,
            #"{"class":"CASE","case_checks":[{"when_expr":\#(inner)}]}"#,
            #"{"class":"LAMBDA","lhs":{"class":"COLUMN_REF"},"expr":\#(inner)}"#,
            #"{"class":"WINDOW","function_name":"sum","schema":"","catalog":"","children":[],"partitions":[\#(inner)]}"#,
            #"{"class":"WINDOW","function_name":"sum","schema":"","catalog":"","children":[],"orders":[{"expression":\#(inner)}]}"#,
            #"{"class":"FUNCTION","function_name":"sum","schema":"","catalog":"","children":[],"filter":\#(inner)}"#,
            #"{"class":"STAR","replace_list":[{"key":"a","value":\#(inner)}]}"#,
            #"{"class":"CAST","child":\#(inner),"cast_type":{}}"#,
            #"{"class":"SUBQUERY","subquery":\#(select(from: table("T"), list: "[\(inner)]"))}"#,
        ] {
            #expect(throws: RegistryError.self, "\(json)") {
                try rewrite(select(from: table("T"), list: "[\(json)]"))
            }
        }
    }

    @Test("A cross join inside another join is written as one that keeps its place")
    func joinsKeepTheirOrder() {
        func join(_ left: SyntaxNode, _ right: SyntaxNode, _ kind: String) -> SyntaxNode {
            .make([
                "type": .string("JOIN"), "left": left, "right": right, "ref_type": .string(kind),
                "join_type": .string(kind == "CROSS" ? "INNER" : "RIGHT"), "condition": .null,
            ])
        }
        let table = SyntaxNode.make(["type": .string("BASE_TABLE")])
        let pair = join(table, table, "CROSS")
        #expect(pair.writable.name("ref_type") == "CROSS")
        let inside = join(pair, table, "REGULAR").writable["left"]
        #expect(inside?.name("ref_type") == "REGULAR" && inside?["condition"] != .null)
        let other = join(table, pair, "REGULAR").writable["right"]
        #expect(other?.name("ref_type") == "REGULAR")
        let deep = join(join(pair, table, "CROSS"), table, "REGULAR").writable["left"]?["left"]
        #expect(deep?.name("ref_type") == "REGULAR")
    }
}
