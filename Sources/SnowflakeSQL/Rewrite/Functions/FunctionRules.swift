import Types

/// What Snowflake's functions are in DuckDB: another name (often a macro of the prelude, `sf_…`), or a rule that makes
/// the text. A function in neither table keeps its name.
enum FunctionRules {
    typealias Rule = @Sendable (FunctionCall) throws -> String

    static let rules: [String: Rule] = {
        var rules: [String: Rule] = [:]
        for table in [
            conditional, DateRules.table, ConversionRules.table, SemiStructuredRules.table, AggregateRules.table, text,
        ] {
            rules.merge(table) { first, _ in first }
        }
        for (name, moment) in moments { rules[name] = { _ in moment } }
        return rules
    }()

    /// The functions of the present moment that stand without brackets, too.
    static let moments = [
        "CURRENT_DATE": "CAST(now() AS DATE)", "CURRENT_TIME": "CAST(sf_sysdate() AS TIME)",
        "LOCALTIME": "CAST(sf_sysdate() AS TIME)", "CURRENT_TIMESTAMP": "now()", "LOCALTIMESTAMP": "now()",
    ]

    /// Rules of conditions, numbers and random values.
    private static let conditional: [String: Rule] = [
        "DECODE": decode,
        "GREATEST": { call in "sf_greatest([\(call.list)])" },
        "LEAST": { call in "sf_least([\(call.list)])" },
        "BITAND": { call in try binary(call, "&") },
        "BITOR": { call in try binary(call, "|") },
        "BITSHIFTLEFT": { call in try binary(call, "<<") },
        "BITSHIFTRIGHT": { call in try binary(call, ">>") },
        "BOOLAND": { call in try binary(call, "AND", type: "BOOLEAN") },
        "BOOLOR": { call in try binary(call, "OR", type: "BOOLEAN") },
        "BOOLXOR": { call in try binary(call, "<>", type: "BOOLEAN") },
        "BOOLNOT": { call in
            try call.expect(1...1)
            return "(NOT CAST(\(call[0]) AS BOOLEAN))"
        },
        "HASH": { call in "sf_hash([\(call.arguments.map { "to_json(\($0.sql))" }.joined(separator: ", "))])" },
        "SEQ1": sequence, "SEQ2": sequence, "SEQ4": sequence, "SEQ8": sequence,
        "RANDOM": { _ in "sf_random()" },
        "UNIFORM": { call in
            try call.expect(3...3)
            let real = call.arguments.prefix(2).contains {
                $0.sql.contains(".") || $0.sql.uppercased().contains("DOUBLE")
            }
            return "\(real ? "sf_uniform_real" : "sf_uniform")(\(call[0]), \(call[1]))"
        },
        "NORMAL": { call in
            try call.expect(3...3)
            return "sf_normal(\(call[0]), \(call[1]))"
        },
        "RANDSTR": { call in
            try call.expect(2...2)
            return "sf_randstr(\(call[0]))"
        },
        "UUID_STRING": { _ in "CAST(uuid() AS VARCHAR)" },
        "PI": { _ in "pi()" },
        "GETDATE": { _ in "now()" },
        "SYSTIMESTAMP": { _ in "now()" },
        "SYSDATE": { _ in "sf_sysdate()" },
        "IS_ROLE_IN_SESSION": { call in
            try call.expect(1...1)
            return "((\(call[0])) IN \(try call.context.constant(RewriteContext.sessionRoles) ?? "('')"))"
        },
        "SYSTEM$TYPEOF": { call in "typeof(\(call.list))" },
    ]

    /// DuckDB's takes an INTEGER and nothing wider.
    private static let character: Rule = { call in
        try call.expect(1...1)
        return "chr(CAST(\(call[0]) AS INTEGER))"
    }

    /// Rules of texts.
    private static let text: [String: Rule] = [
        "CHR": character,
        "CHAR": character,
        "CONCAT": { call in
            guard call.count > 0 else { throw call.unsupported("CONCAT without arguments") }
            return call.count == 1
                ? "sf_varchar(\(call[0]))" : "(" + call.arguments.map(\.sql).joined(separator: " || ") + ")"
        },
        "REGEXP_LIKE": regexpLike, "RLIKE": regexpLike, "REGEXP_REPLACE": regexpReplace,
        "SHA2": digest, "SHA2_HEX": digest,
        "SHA2_BINARY": { call in "unhex(\(try digest(call)))" },
        "MD5_BINARY": { call in "unhex(md5(\(call.list)))" },
        "SHA1_BINARY": { call in "unhex(sha1(\(call.list)))" },
    ]

    /// `DECODE(x, a, b, …, default)` as CASE.
    private static let decode: Rule = { call in
        try call.expect(3...999)
        let pairs = (call.count - 1) / 2
        let otherwise = call.count % 2 == 0 ? " ELSE \(call[call.count - 1])" : ""
        let whens = (0..<pairs).map {
            "WHEN (\(call[0])) IS NOT DISTINCT FROM (\(call[1 + 2 * $0])) THEN \(call[2 + 2 * $0])"
        }
        return "CASE \(whens.joined(separator: " "))\(otherwise) END"
    }

    private static let sequence: Rule = { call in
        call.hasGenerator ? "\"ROOST_SEQ\"" : "(row_number() OVER () - 1)"
    }

    /// `REGEXP_LIKE(text, pattern [, 'flags'])`: the pattern must match all of the text.
    private static let regexpLike: Rule = { call in
        try call.expect(2...3)
        guard call.count == 3 else { return "regexp_full_match(\(call[0]), \(call[1]))" }
        guard let flags = call.arguments[2].string else {
            throw call.unsupported("\(call.name) with computed flags", hint: "Give the flags as a constant.")
        }
        return "regexp_full_match(\(call[0]), \(call[1]), \(StringLiteral.quote(flags.filter { "cims".contains($0) })))"
    }

    /// `REGEXP_REPLACE(text, pattern [, replacement [, position [, occurrence [, 'flags']]]])`; flags go into the pattern.
    private static let regexpReplace: Rule = { call in
        try call.expect(2...6)
        var parts = call.arguments.map(\.sql)
        if call.count == 6 {
            guard let flags = parts.popLast().flatMap({ _ in call.arguments[5].string }) else {
                throw call.unsupported("REGEXP_REPLACE with computed flags", hint: "Give the flags as a constant.")
            }
            let kept = flags.filter { "ims".contains($0) }
            if !kept.isEmpty { parts[1] = "'(?\(kept))' || (\(parts[1]))" }
        }
        return "sf_regexp_replace(\(parts.joined(separator: ", ")))"
    }

    private static let digest: Rule = { call in
        try call.expect(1...2)
        guard call.count == 1 || [0, 256].contains(call.arguments[1].integer) else {
            throw call.unsupported("SHA2 of this size", hint: "Use 256.")
        }
        return "sha256(\(call[0]))"
    }

    private static func binary(_ call: FunctionCall, _ symbol: String, type: String? = nil) throws -> String {
        try call.expect(2...2)
        let type = type ?? "BIGINT"
        return "(CAST(\(call[0]) AS \(type)) \(symbol) CAST(\(call[1]) AS \(type)))"
    }

    /// An OBJECT from keys and values in turn.
    static func objectConstruct(_ parts: [String], keepNulls: Bool) -> String {
        guard !parts.isEmpty else { return "CAST('{}' AS MAP(VARCHAR, JSON))" }
        let keys = stride(from: 0, to: parts.count, by: 2).map { parts[$0] }
        let values = stride(from: 1, to: parts.count, by: 2).map { "sf_element(\(parts[$0]))" }
        let function = keepNulls ? "sf_object_keep_null" : "sf_object_construct"
        return "\(function)([\(keys.joined(separator: ", "))], [\(values.joined(separator: ", "))])"
    }
}
