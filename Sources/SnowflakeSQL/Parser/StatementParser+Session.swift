import Types

extension StatementParser {
    static func use(_ cursor: inout TokenCursor) throws -> Statement {
        cursor.index += 1
        if cursor.accept("SECONDARY", "ROLES") {
            if cursor.peek(1) == nil, let word = cursor.acceptAny("ALL", "NONE") {
                return .use(.secondaryRoles(word == "ALL" ? .all : .none))
            }
            var roles: Set = [try cursor.identifier()]
            while cursor.acceptSymbol(",") { roles.insert(try cursor.identifier()) }
            return .use(.secondaryRoles(.some(roles)))
        }
        // `USE ROLE` alone would be a database of that name.
        guard cursor.peek(1) != nil, !cursor.isNextSymbol(".", after: 1) else {
            return .use(.unspecified(try cursor.objectReference()))
        }
        switch cursor.acceptAny("DATABASE", "SCHEMA", "ROLE", "WAREHOUSE") {
        case "DATABASE": return .use(.database(try cursor.objectReference(maximum: 1)))
        case "SCHEMA": return .use(.schema(try cursor.objectReference(maximum: 2)))
        case "ROLE": return .use(.role(try cursor.objectReference(maximum: 1)))
        case "WAREHOUSE": return .use(.warehouse(try cursor.objectReference(maximum: 1)))
        default: return .use(.unspecified(try cursor.objectReference(maximum: 2)))
        }
    }

    static func variables(_ cursor: inout TokenCursor) throws -> Statement {
        if try cursor.word() == "UNSET" {
            if cursor.isNextSymbol("(") { return .unsetVariables(try cursor.identifierList()) }
            return .unsetVariables([try cursor.identifier()])
        }
        if cursor.isNextSymbol("(") {
            let names = try cursor.identifierList()
            try cursor.expectSymbol("=")
            try cursor.expectSymbol("(")
            var values: [SQLText] = []
            repeat {
                values.append(try cursor.text { $0.isNextSymbol(",") })
            } while cursor.acceptSymbol(",")
            try cursor.expectSymbol(")")
            guard names.count == values.count else {
                throw cursor.unexpected(hint: "\(names.count) variables need \(names.count) values.")
            }
            return .setVariables(
                SetVariables(assignments: zip(names, values).map { .init(name: $0, value: $1) }))
        }
        let name = try cursor.identifier()
        try cursor.expectSymbol("=")
        return .setVariables(SetVariables(assignments: [.init(name: name, value: try cursor.rest())]))
    }

    static func transaction(_ cursor: inout TokenCursor) throws -> Statement {
        let verb = try cursor.word()
        switch verb {
        case "START": try cursor.expect("TRANSACTION")
        case "BEGIN": _ = cursor.acceptAny("TRANSACTION", "WORK")
        default: _ = cursor.accept("WORK")
        }
        if verb == "START" || verb == "BEGIN" {
            if cursor.accept("NAME") { _ = try cursor.identifier() }
            return .begin
        }
        return verb == "COMMIT" ? .commit : .rollback
    }
}
