import Types

extension StatementParser {
    static func alter(_ cursor: inout TokenCursor) throws -> Statement {
        let start = cursor.position
        cursor.index += 1
        if cursor.accept("SESSION") { return try alterSession(&cursor) }
        if cursor.accept("MODEL") {
            if cursor.accept("MONITOR") {
                cursor.index = cursor.limit
                return .unsupported(UnsupportedStatement(name: "ALTER MODEL MONITOR", position: start, hint: nil))
            }
            return try alterModel(&cursor)
        }
        if cursor.accept("TABLE") { return try alterTable(&cursor) }
        let kinds: [ObjectKind] = [
            .schema, .database, .view, .stage, .fileFormat, .tag, .warehouse, .role, .user, .account,
        ]
        for kind in kinds {
            let words = kind.rawValue.split(separator: " ").map(String.init)
            if cursor.isNext(words) {
                cursor.index += words.count
                return try alterObject(&cursor, kind, start)
            }
        }
        return try unofferedObject(
            &cursor, "ALTER", start, ["MODEL", "TABLE", "SESSION"] + kinds.map(\.rawValue))
    }

    private static func alterObject(
        _ cursor: inout TokenCursor, _ kind: ObjectKind, _ position: RegistryError.Position
    ) throws -> Statement {
        let ifExists = cursor.acceptIfExists()
        var name: ObjectReference?
        let isUnnamed =
            kind == .user && (cursor.isNext("SET") || cursor.isNext("UNSET") || isAccessTokenNext(cursor))
        if kind != .account, !isUnnamed { name = try cursor.objectReference() }
        let action: AlterObject.Action
        if kind == .user, isAccessTokenNext(cursor) {
            action = .accessToken(try accessTokenAction(&cursor))
        } else if cursor.accept("RENAME", "TO") {
            action = .rename(try cursor.objectReference())
        } else if cursor.accept("SET", "TAG") {
            action = .setTags(try cursor.tagAssignments())
        } else if cursor.accept("UNSET", "TAG") {
            action = .unsetTags(try cursor.references())
        } else if cursor.accept("UNSET", "ALLOWED_VALUES") {
            action = .unsetAllowedValues
        } else if cursor.accept("ADD", "ALLOWED_VALUES") {
            action = .addAllowedValues(try cursor.strings())
        } else if cursor.accept("DROP", "ALLOWED_VALUES") {
            action = .dropAllowedValues(try cursor.strings())
        } else if cursor.accept("SET") {
            action = .set(try nonEmptyOptions(&cursor))
        } else if cursor.accept("UNSET") {
            action = .unset(try words(&cursor))
        } else {
            var words = [try cursor.word()]
            while let word = cursor.current?.keyword {
                words.append(word)
                cursor.index += 1
            }
            action = .other(words.joined(separator: " "))
        }
        return .alter(AlterObject(kind: kind, name: name, ifExists: ifExists, action: action, position: position))
    }

    private static func nonEmptyOptions(_ cursor: inout TokenCursor) throws -> StatementOptions {
        let options = try cursor.options()
        guard !options.isEmpty else { throw cursor.unexpected(hint: "Expected NAME = value.") }
        return options
    }

    /// `A, B`
    private static func words(_ cursor: inout TokenCursor) throws -> [String] {
        var words = [try cursor.word()]
        while cursor.acceptSymbol(",") { words.append(try cursor.word()) }
        return words
    }

    static func alterSession(_ cursor: inout TokenCursor) throws -> Statement {
        if cursor.accept("SET") { return .alterSession(.set(try nonEmptyOptions(&cursor))) }
        try cursor.expect("UNSET")
        return .alterSession(.unset(try words(&cursor)))
    }

    private static func alterTable(_ cursor: inout TokenCursor) throws -> Statement {
        let ifExists = cursor.acceptIfExists()
        let name = try cursor.objectReference()
        let action = try tableAction(&cursor)
        return .alterTable(AlterTable(name: name, ifExists: ifExists, action: action))
    }

    private static func tableAction(_ cursor: inout TokenCursor) throws -> AlterTable.Action {
        if cursor.accept("RENAME", "TO") { return .rename(try cursor.objectReference()) }
        if cursor.accept("SWAP", "WITH") { return .swap(try cursor.objectReference()) }
        if cursor.accept("RENAME", "COLUMN") {
            let old = try cursor.identifier()
            try cursor.expect("TO")
            return .renameColumn(old, to: try cursor.identifier())
        }
        if cursor.accept("ADD") { return try addColumns(&cursor) }
        if cursor.accept("DROP", "COLUMN") || cursor.isNext("DROP") && !cursor.isNext("DROP", "PRIMARY") {
            _ = cursor.accept("DROP")
            let ifExists = cursor.acceptIfExists()
            var columns = [try cursor.identifier()]
            while cursor.acceptSymbol(",") {
                _ = cursor.accept("COLUMN")
                columns.append(try cursor.identifier())
            }
            return .dropColumns(columns, ifExists: ifExists)
        }
        if cursor.acceptAny("ALTER", "MODIFY") != nil { return try alterColumn(&cursor) }
        if cursor.accept("SET", "TAG") { return .setTags(try cursor.tagAssignments()) }
        if cursor.accept("UNSET", "TAG") { return .unsetTags(try cursor.references()) }
        if cursor.accept("UNSET", "COMMENT") { return .unsetComment }
        if cursor.accept("SET") {
            let options = try nonEmptyOptions(&cursor)
            if options.entries.count == 1, let comment = options["COMMENT"]?.text { return .setComment(comment) }
            return .setOptions(options)
        }
        throw cursor.unexpected(hint: "Expected RENAME, ADD COLUMN, DROP COLUMN, ALTER COLUMN, SET or UNSET.")
    }

    private static func addColumns(_ cursor: inout TokenCursor) throws -> AlterTable.Action {
        _ = cursor.accept("COLUMN")
        let ifNotExists = cursor.acceptIfNotExists()
        var columns: [ColumnDefinition] = []
        repeat {
            _ = cursor.accept("COLUMN")
            let column = try column(&cursor)
            guard column.type != nil else { throw cursor.unexpected(hint: "Expected a data type.") }
            columns.append(column)
        } while cursor.acceptSymbol(",")
        return .addColumns(columns, ifNotExists: ifNotExists)
    }

    private static func alterColumn(_ cursor: inout TokenCursor) throws -> AlterTable.Action {
        _ = cursor.accept("COLUMN")
        let name = try cursor.identifier()
        if cursor.accept("SET", "NOT", "NULL") { return .alterColumn(name, .setNotNull) }
        if cursor.accept("DROP", "NOT", "NULL") { return .alterColumn(name, .dropNotNull) }
        if cursor.accept("DROP", "DEFAULT") { return .alterColumn(name, .dropDefault) }
        if cursor.accept("SET", "DEFAULT") { return .alterColumn(name, .setDefault(try cursor.rest())) }
        if let comment = try cursor.acceptComment() { return .alterColumn(name, .comment(comment)) }
        if cursor.accept("SET") { try cursor.expect("DATA") }
        _ = cursor.accept("TYPE")
        return .alterColumn(name, .type(try dataType(&cursor)))
    }

    static func drop(_ cursor: inout TokenCursor) throws -> Statement {
        let start = cursor.position
        let verb = try cursor.word()
        if cursor.isNext("MODEL", "MONITOR") || cursor.isNext("COMPUTE") {
            return try unofferedObject(&cursor, verb, start, [])
        }
        let kinds = ObjectKind.allCases.filter { ![.account, .function, .procedure, .sequence].contains($0) }
        guard let kind = kinds.first(where: { cursor.isNext($0.rawValue.split(separator: " ").map(String.init)) })
        else {
            return try unofferedObject(&cursor, verb, start, kinds.map(\.rawValue))
        }
        cursor.index += kind == .fileFormat ? 2 : 1
        if verb == "UNDROP" {
            return .undrop(UndropStatement(kind: kind, name: try cursor.objectReference(), position: start))
        }
        let ifExists = cursor.acceptIfExists()
        let name = try cursor.objectReference()
        let restrict = cursor.acceptAny("CASCADE", "RESTRICT") == "RESTRICT"
        return .drop(
            DropStatement(kind: kind, name: name, ifExists: ifExists, cascade: !restrict, position: start))
    }

    static func truncate(_ cursor: inout TokenCursor) throws -> Statement {
        cursor.index += 1
        _ = cursor.accept("TABLE")
        let ifExists = cursor.acceptIfExists()
        return .truncate(TruncateTable(name: try cursor.objectReference(), ifExists: ifExists))
    }

    static func comment(_ cursor: inout TokenCursor) throws -> Statement {
        cursor.index += 1
        let ifExists = cursor.acceptIfExists()
        try cursor.expect("ON")
        var column: Identifier?
        let kind: ObjectKind
        let name: ObjectReference
        if cursor.accept("COLUMN") {
            kind = .table
            var parts = try cursor.partialName(maximum: 4).parts
            guard parts.count > 1 else { throw cursor.unexpected(hint: "Write TABLE.COLUMN.") }
            column = parts.removeLast()
            name = .name(PartialName(parts))
        } else {
            kind = try objectKind(&cursor)
            name = try cursor.objectReference()
        }
        try cursor.expect("IS")
        let text = try cursor.string()
        return .comment(CommentStatement(kind: kind, name: name, column: column, ifExists: ifExists, comment: text))
    }
}
