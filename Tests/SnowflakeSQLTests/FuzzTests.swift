import SnowflakeSQL
import TestSupport
import Testing
import Types

/// Garbage in, an error or a statement out: never a crash, never a hang.
@Suite struct FuzzTests {
    private static let seeds = [
        "CREATE OR REPLACE MODEL a.b.\"c\" WITH VERSION v1 FROM @db.s.st/p/q COMMENT = 'it''s'",
        "ALTER MODEL m MODIFY VERSION v SET METADATA=$${\"a\": 1}$$",
        "COPY INTO identifier(?) (\"A\") FROM (SELECT $1:\"A\"::NUMBER(38, 0) FROM '@\"S\"') "
            + "FILE_FORMAT=(TYPE=PARQUET X=TRUE) ON_ERROR=?",
        "WITH mv AS MODEL x VERSION y, t AS (SELECT 1 AS a) SELECT mv!predict(a, "
            + "'it\\'s'):k[0].\"b\"::FLOAT AS P, t.* FROM t QUALIFY 1 = 1",
        "MERGE INTO t USING (SELECT * FROM u) s ON t.a = s.a WHEN MATCHED AND s.b THEN UPDATE SET a = "
            + "s.a WHEN NOT MATCHED THEN INSERT (a) VALUES (s.a)",
        "SELECT *, FROM t, TABLE(MODEL(M, V1)!F(G, A) OVER (PARTITION BY G)), LATERAL FLATTEN(INPUT => "
            + "t.v, PATH => 'a') f WHERE CASE WHEN a THEN 1 END::INT = 1",
        "SHOW GRANTS ON MODEL m; ",
        "GRANT USAGE, CREATE MODEL ON FUTURE MODELS IN SCHEMA a.b TO ROLE r WITH GRANT OPTION",
        "SELECT $1 AS \"A\", COUNT(DISTINCT b) FROM VALUES (1, [1,2], {'a': 1}), (NULL :: STRING, 2, 3) "
            + "AS v(a, b) GROUP BY ALL",
        "CREATE TEMP TABLE t (a NUMBER(10, 2) NOT NULL DEFAULT 1 + 2, b VARCHAR COMMENT 'x', PRIMARY "
            + "KEY (a)) COMMENT = 'y'",
        "PUT 'file:///a b' @~/x PARALLEL = 4 OVERWRITE=TRUE",
        "GET snow://model/a/versions/b/c file:///tmp PATTERN = '.*'",
        "SELECT a ->> SELECT * FROM $1", "UPDATE t SET a = 1, b = (SELECT 2) FROM u WHERE t.x = u.x",
    ]

    private static let inserts = [
        "'", "\"", "$$", "(", ")", "[", "]", "{", "}", ",", ";", ":", "::", "!", "?", "@", "--", "/*", "*/", ".", "=>",
        " AS ", " FROM ",
        " SELECT ", " TABLE(", " VALUES ", " OVER ", " CASE ", " END ", "\\", "\u{0}", "é", "$1", "MODEL", " LIKE ANY ",
        "->>",
    ]

    private func mutate(_ text: String, _ random: inout SeededRandom) -> String {
        var characters = Array(text)
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let at = Int.random(in: 0...characters.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0 where at < characters.count: characters.remove(at: at)
            case 1 where at < characters.count:
                let end = min(characters.count, at + Int.random(in: 1...12, using: &random))
                characters.insert(contentsOf: characters[at..<end], at: at)
            case 2 where at < characters.count:
                characters.removeSubrange(at..<min(characters.count, at + Int.random(in: 1...20, using: &random)))
            default: characters.insert(contentsOf: Self.inserts.randomElement(using: &random) ?? "'", at: at)
            }
        }
        return String(characters)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func survivesMutatedStatements(seed: UInt64) throws {
        var random = SeededRandom(seed: UInt64(seed))
        for _ in 0..<20 {
            let sql = mutate(Self.seeds.randomElement(using: &random) ?? "", &random)
            do {
                let statement = try StatementParser.parse(sql)
                for text in texts(statement) {
                    _ = try? QueryRewriter().rewrite(text, context: QueryRewriterTests.context)
                    _ = try? QueryRewriter().rewriteTables(text, context: QueryRewriterTests.context)
                }
            } catch let error as RegistryError {
                #expect(error.position != nil || error.code != .syntax, "seed \(seed): \(sql): \(error)")
            }
            if let text = try? SQLText(parsing: sql) {
                _ = try? QueryRewriter().rewrite(text, context: QueryRewriterTests.context)
            }
        }
    }

    private func texts(_ statement: Statement) -> [SQLText] {
        switch statement {
        case .query(let text), .explain(let text): [text]
        case .flow(let parts): parts.flatMap(texts)
        case .insert(let insert): [insert.source]
        case .update(let update): update.assignments.map(\.value) + [update.from, update.condition].compactMap { $0 }
        case .merge(let merge): [merge.source, merge.condition]
        case .createView(let view): [view.query]
        default: []
        }
    }
}
