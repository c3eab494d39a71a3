import Types

extension StatementParser {
    /// Kinds that SHOW knows, longest first, so that `FILE FORMATS` wins over a single word.
    private static let showKinds = [
        "USER PROGRAMMATIC ACCESS TOKENS", "USER PATS", "SERVICE CONTAINERS", "SERVICE INSTANCES", "FILE FORMATS",
        "ARTIFACT REPOSITORIES", "COMPUTE POOLS",
        "IMAGE REPOSITORIES", "MODEL MONITORS", "PRIMARY KEYS", "UNIQUE KEYS", "IMPORTED KEYS", "USER FUNCTIONS",
        "USER PROCEDURES", "EXTERNAL FUNCTIONS", "EXTERNAL TABLES", "DYNAMIC TABLES", "MATERIALIZED VIEWS",
        "NETWORK POLICIES", "MASKING POLICIES", "ROW ACCESS POLICIES", "DATABASE ROLES", "RESOURCE MONITORS",
        "DELEGATED AUTHORIZATIONS", "MODELS", "VERSIONS", "FUNCTIONS", "PROCEDURES", "DATABASES", "SCHEMAS", "TABLES",
        "VIEWS", "STAGES", "TAGS", "COLUMNS", "PARAMETERS", "WAREHOUSES", "ROLES", "USERS", "SERVICES", "ENDPOINTS",
        "TRANSACTIONS", "VARIABLES", "OBJECTS", "SEQUENCES", "TASKS", "STREAMS", "PIPES", "LOCKS", "INTEGRATIONS",
        "SECRETS", "SHARES", "ALERTS", "EXPERIMENTS", "GATEWAYS", "DATASETS", "REGIONS",
    ].map { $0.split(separator: " ").map(String.init) }

    static func show(_ cursor: inout TokenCursor) throws -> Statement {
        let position = cursor.position
        cursor.index += 1
        let terse = cursor.accept("TERSE")
        if cursor.isNext("GRANTS") || cursor.isNext("FUTURE", "GRANTS") { return try showGrants(&cursor, position) }
        guard let kind = showKinds.first(where: { cursor.isNext($0) }) else {
            let word = cursor.current?.text ?? ""
            let near = RegistryError.nearMiss(word, showKinds.map { $0.joined(separator: " ") } + ["GRANTS"])
            throw cursor.unexpected(hint: near)
        }
        cursor.index += kind.count
        var show = ShowStatement(kind: kind.joined(separator: " "), terse: terse, position: position)
        try showClauses(&cursor, &show)
        return .show(show)
    }

    private static func showClauses(_ cursor: inout TokenCursor, _ show: inout ShowStatement) throws {
        while !cursor.isAtEnd {
            if cursor.accept("HISTORY") {
                show.history = true
            } else if cursor.accept("LIKE") {
                show.like = try cursor.string()
            } else if cursor.accept("IN") || cursor.accept("FOR") {
                show.scope = try showScope(&cursor)
            } else if cursor.accept("STARTS", "WITH") {
                show.startsWith = try cursor.string()
            } else if cursor.accept("LIMIT") {
                show.limit = try cursor.integer()
                if cursor.accept("FROM") { show.from = try cursor.string() }
            } else if let moment = try timeTravel(&cursor) {
                show.moment = moment
            } else if cursor.accept("WITH", "PRIVILEGES") {
                repeat { _ = try cursor.word() } while cursor.acceptSymbol(",")
            } else {
                throw cursor.unexpected(hint: "Expected LIKE, IN, STARTS WITH, LIMIT or AT.")
            }
        }
    }

    /// `AT(TIMESTAMP => …)`, `BEFORE(OFFSET => …)`, nil where none stands here.
    private static func timeTravel(_ cursor: inout TokenCursor) throws -> TimeTravel? {
        let position = cursor.position
        guard cursor.isNext("AT") || cursor.isNext("BEFORE"), cursor.isNextSymbol("(", after: 1) else { return nil }
        let isBefore = try cursor.word() == "BEFORE"
        try cursor.expectSymbol("(")
        guard let point = cursor.current?.keyword.flatMap(TimeTravel.Point.init) else {
            throw cursor.unexpected(hint: "Expected TIMESTAMP, OFFSET or STATEMENT.")
        }
        cursor.index += 1
        try cursor.expectSymbol("=>")
        let value = try cursor.text { _ in false }
        try cursor.expectSymbol(")")
        return TimeTravel(isBefore: isBefore, point: point, value: value, position: position)
    }

    private static let scopeEnds: Set = ["LIKE", "STARTS", "LIMIT", "HISTORY", "WITH"]

    private static func showScope(_ cursor: inout TokenCursor) throws -> ShowScope {
        /// The name where one follows: `IN SCHEMA` alone is the current one.
        func optionalName() throws -> ObjectReference? {
            guard let token = cursor.current else { return nil }
            if let word = token.keyword, scopeEnds.contains(word) { return nil }
            if cursor.isNextSymbol("(", after: 1), ["AT", "BEFORE"].contains(token.keyword) { return nil }
            return try cursor.objectReference()
        }
        guard let word = cursor.current?.keyword, !cursor.isNextSymbol(".", after: 1) else {
            return .unspecified(try cursor.objectReference())
        }
        switch word {
        case "ACCOUNT":
            cursor.index += 1
            return .account
        case "SESSION":
            cursor.index += 1
            return .session
        case "DATABASE":
            cursor.index += 1
            return .database(try optionalName())
        case "SCHEMA":
            cursor.index += 1
            return .schema(try optionalName())
        case "TABLE":
            cursor.index += 1
            return .table(try cursor.objectReference())
        case "VIEW":
            cursor.index += 1
            return .view(try cursor.objectReference())
        case "MODEL":
            cursor.index += 1
            let name = try cursor.objectReference()
            return .model(name, version: cursor.accept("VERSION") ? try cursor.identifier() : nil)
        case "SERVICE", "USER", "WAREHOUSE", "CLASS", "APPLICATION", "TASK":
            if cursor.peek(1) == nil { break }
            cursor.index += 1
            return .other(word, try cursor.objectReference())
        case "COMPUTE" where cursor.isNext("COMPUTE", "POOL"):
            cursor.index += 2
            return .other("COMPUTE POOL", try cursor.objectReference())
        default: break
        }
        return .unspecified(try cursor.objectReference())
    }

    private static func showGrants(_ cursor: inout TokenCursor, _ position: RegistryError.Position) throws -> Statement
    {
        let future = cursor.accept("FUTURE")
        try cursor.expect("GRANTS")
        var show = ShowStatement(kind: "GRANTS", grants: .own, position: position)
        if future, cursor.accept("TO") {
            if cursor.peek(1) != nil { _ = cursor.accept("ROLE") }
            show.grants = .futureToRole(try cursor.identifier())
        } else if future || cursor.isNext("IN") {
            try cursor.expect("IN")
            let kind = try containerKind(&cursor)
            show.grants = .future(kind, try cursor.objectReference())
        } else if cursor.accept("ON") {
            if cursor.accept("ACCOUNT") {
                show.grants = .on(.account, nil)
            } else {
                let kind = try objectKind(&cursor)
                show.grants = .on(kind, try cursor.objectReference())
            }
        } else if cursor.accept("TO") {
            if cursor.accept("USER") {
                show.grants = .toUser(try cursor.identifier())
            } else {
                if cursor.peek(1) != nil { _ = cursor.accept("ROLE") }
                show.grants = .toRole(try cursor.identifier())
            }
        } else if cursor.accept("OF") {
            if cursor.peek(1) != nil { _ = cursor.accept("ROLE") }
            show.grants = .ofRole(try cursor.identifier())
        }
        if cursor.accept("LIMIT") { show.limit = try cursor.integer() }
        return .show(show)
    }

    /// `SCHEMA` or `DATABASE`.
    static func containerKind(_ cursor: inout TokenCursor) throws -> ObjectKind {
        switch cursor.acceptAny("SCHEMA", "DATABASE") {
        case "SCHEMA": return .schema
        case "DATABASE": return .database
        default: throw cursor.unexpected(hint: "Expected SCHEMA or DATABASE.")
        }
    }

    /// The kind of one object, e.g. `FILE FORMAT`.
    static func objectKind(_ cursor: inout TokenCursor) throws -> ObjectKind {
        for kind in ObjectKind.allCases {
            let words = kind.rawValue.split(separator: " ").map(String.init)
            if cursor.isNext(words) {
                cursor.index += words.count
                return kind
            }
        }
        let near = cursor.current.flatMap { RegistryError.nearMiss($0.text, ObjectKind.allCases.map(\.rawValue)) }
        throw cursor.unexpected(hint: near)
    }

    private static let describeKinds = [
        "FILE FORMAT", "ARTIFACT REPOSITORY", "COMPUTE POOL", "EXTERNAL TABLE", "DYNAMIC TABLE", "MODEL MONITOR",
        "TABLE", "VIEW", "MODEL", "SCHEMA", "DATABASE", "STAGE", "USER", "ROLE", "WAREHOUSE", "SERVICE", "FUNCTION",
        "PROCEDURE", "SEQUENCE", "TAG", "INTEGRATION",
    ].map { $0.split(separator: " ").map(String.init) }

    static func describe(_ cursor: inout TokenCursor) throws -> Statement {
        let position = cursor.position
        cursor.index += 1
        if cursor.accept("RESULT") {
            if cursor.accept("LAST_QUERY_ID") {
                _ = try cursor.bracketed()
                return .describe(DescribeStatement(kind: "RESULT", name: nil, queryID: nil, position: position))
            }
            let id = try cursor.string()
            return .describe(DescribeStatement(kind: "RESULT", name: nil, queryID: id, position: position))
        }
        guard let kind = describeKinds.first(where: { cursor.isNext($0) && cursor.peek($0.count) != nil }) else {
            // `DESCRIBE x` alone is DESCRIBE TABLE x.
            if let token = cursor.current, token.kind == .quotedIdentifier || token.kind == .word,
                cursor.peek(1).map({ $0.isSymbol(".") || $0.isSymbol("(") }) ?? true
            {
                let name = try cursor.objectReference()
                return .describe(DescribeStatement(kind: "TABLE", name: name, queryID: nil, position: position))
            }
            let kinds = describeKinds.map { $0.joined(separator: " ") }
            throw cursor.unexpected(hint: cursor.current.flatMap { RegistryError.nearMiss($0.text, kinds) })
        }
        cursor.index += kind.count
        let name = try cursor.objectReference()
        if kind == ["FUNCTION"] || kind == ["PROCEDURE"], cursor.isNextSymbol("(") { _ = try cursor.bracketed() }
        let version = kind == ["MODEL"] && cursor.accept("VERSION") ? try cursor.identifier() : nil
        if cursor.accept("TYPE") {
            try cursor.expectSymbol("=")
            _ = try cursor.word()
        }
        return .describe(
            DescribeStatement(
                kind: kind.joined(separator: " "), name: name, queryID: nil, version: version, position: position))
    }
}
