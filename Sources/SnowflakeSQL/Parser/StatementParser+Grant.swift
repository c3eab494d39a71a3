import Types

extension StatementParser {
    static func grant(_ cursor: inout TokenCursor) throws -> Statement {
        let position = cursor.position
        let isGrant = try cursor.word() == "GRANT"
        if cursor.isNext("ROLE"), !cursor.isNext("ROLE", "ON") { return try grantRole(&cursor, isGrant) }
        let optionOnly = !isGrant && cursor.accept("GRANT", "OPTION", "FOR")
        let privileges = try privileges(&cursor)
        try cursor.expect("ON")
        let target = try grantTarget(&cursor)
        try cursor.expect(isGrant ? "TO" : "FROM")
        let isUser = cursor.peek(1) != nil && cursor.accept("USER")
        if !isUser, cursor.peek(1) != nil { _ = cursor.accept("ROLE") }
        var grant = GrantStatement(
            privileges: privileges, target: target, grantee: try cursor.identifier(), granteeIsUser: isUser,
            grantOptionOnly: optionOnly, position: position)
        while !cursor.isAtEnd {
            if cursor.accept("WITH", "GRANT", "OPTION") {
                grant.withGrantOption = true
            } else if cursor.accept("COPY", "CURRENT", "GRANTS") {
                grant.currentGrants = .copy
            } else if cursor.accept("REVOKE", "CURRENT", "GRANTS") {
                grant.currentGrants = .revoke
            } else if cursor.acceptAny("CASCADE", "RESTRICT") == nil {
                throw cursor.unexpected()
            }
        }
        return isGrant ? .grant(grant) : .revoke(grant)
    }

    /// `USAGE, CREATE MODEL`, up to ON.
    private static func privileges(_ cursor: inout TokenCursor) throws -> [String] {
        var privileges: [String] = []
        repeat {
            var words = [try cursor.word()]
            while let word = cursor.current?.keyword, word != "ON" {
                words.append(word)
                cursor.index += 1
            }
            let name = words.joined(separator: " ")
            privileges.append(name == "ALL PRIVILEGES" ? "ALL" : name)
        } while cursor.acceptSymbol(",")
        return privileges
    }

    private static func grantTarget(_ cursor: inout TokenCursor) throws -> GrantTarget {
        if cursor.accept("ACCOUNT") { return .account }
        if let scope = cursor.acceptAny("ALL", "FUTURE") {
            guard let kind = pluralKind(cursor) else {
                let near = cursor.current.flatMap { RegistryError.nearMiss($0.text, ObjectKind.allCases.map(\.plural)) }
                throw cursor.unexpected(hint: near)
            }
            cursor.index += kind == .fileFormat ? 2 : 1
            try cursor.expect("IN")
            let container = try containerKind(&cursor)
            let name = try cursor.objectReference()
            return scope == "ALL" ? .all(kind, in: container, name) : .future(kind, in: container, name)
        }
        let kind = try objectKind(&cursor)
        let name = try cursor.objectReference()
        if kind == .function || kind == .procedure, cursor.isNextSymbol("(") { _ = try cursor.bracketed() }
        return .object(kind, name)
    }

    private static func pluralKind(_ cursor: TokenCursor) -> ObjectKind? {
        ObjectKind.allCases.first { cursor.isNext($0.plural.split(separator: " ").map(String.init)) }
    }

    /// At ROLE.
    private static func grantRole(_ cursor: inout TokenCursor, _ isGrant: Bool) throws -> Statement {
        cursor.index += 1
        let role = try cursor.identifier()
        try cursor.expect(isGrant ? "TO" : "FROM")
        let isUser = cursor.accept("USER")
        if !isUser { try cursor.expect("ROLE") }
        let grant = GrantRole(role: role, grantee: try cursor.identifier(), granteeIsUser: isUser)
        return isGrant ? .grantRole(grant) : .revokeRole(grant)
    }
}
