import Types

extension StatementParser {
    /// Behind `CREATE … TABLE`.
    static func createTable(_ cursor: inout TokenCursor, _ modifiers: CreateModifiers) throws -> Statement {
        let (name, ifNotExists) = try newName(&cursor)
        var table = CreateTable(
            name: name, orReplace: modifiers.orReplace, ifNotExists: ifNotExists, lifetime: modifiers.lifetime,
            content: .columns([], constraints: []))
        if cursor.accept("LIKE") {
            table.content = .like(try cursor.objectReference())
        } else if cursor.accept("CLONE") {
            table.content = .clone(try cursor.objectReference())
        } else if cursor.isNextSymbol("(") {
            let (columns, constraints) = try columnList(&cursor)
            table.content = .columns(columns, constraints: constraints)
        }
        while !cursor.isAtEnd {
            if cursor.accept("AS") {
                guard case .columns(let columns, _) = table.content else { throw cursor.unexpected() }
                table.content = .query(columns, try cursor.rest())
                break
            }
            try tableOption(&cursor, &table)
        }
        if case .columns(let columns, _) = table.content {
            guard !columns.isEmpty else { throw cursor.unexpected(hint: "Expected columns, AS, LIKE or CLONE.") }
            for column in columns where column.type == nil {
                throw RegistryError(
                    .syntax, "Column '\(column.name)' has no data type.", position: cursor.position)
            }
        }
        return .createTable(table)
    }

    private static func tableOption(_ cursor: inout TokenCursor, _ table: inout CreateTable) throws {
        if let comment = try cursor.acceptComment() {
            table.comment = comment
        } else if cursor.accept("CLUSTER", "BY") || cursor.accept("TAG") || cursor.accept("WITH", "TAG") {
            _ = try cursor.bracketed()
        } else if cursor.accept("COPY", "GRANTS") {
            return
        } else {
            let before = cursor.index
            table.options.addAll(try cursor.options())
            guard cursor.index > before else { throw cursor.unexpected() }
            if let comment = table.options.take("COMMENT") { table.comment = comment.text }
        }
    }

    private static func columnList(
        _ cursor: inout TokenCursor
    ) throws -> ([ColumnDefinition], [TableConstraint]) {
        var columns: [ColumnDefinition] = []
        var constraints: [TableConstraint] = []
        try cursor.expectSymbol("(")
        repeat {
            if let constraint = try tableConstraint(&cursor) {
                constraints.append(constraint)
            } else {
                columns.append(try column(&cursor))
            }
        } while cursor.acceptSymbol(",")
        try cursor.expectSymbol(")")
        return (columns, constraints)
    }

    private static func tableConstraint(_ cursor: inout TokenCursor) throws -> TableConstraint? {
        let named = cursor.isNext("CONSTRAINT") && cursor.peek(2)?.kind == .word
        let ahead = named ? 2 : 0
        let constraint: TableConstraint
        if cursor.isNext(["PRIMARY", "KEY"], after: ahead) {
            cursor.index += ahead + 2
            constraint = .primaryKey(try cursor.identifierList())
        } else if cursor.isNext(["UNIQUE"], after: ahead), cursor.isNextSymbol("(", after: ahead + 1) {
            cursor.index += ahead + 1
            constraint = .unique(try cursor.identifierList())
        } else if cursor.isNext(["FOREIGN", "KEY"], after: ahead) {
            cursor.index += ahead + 2
            constraint = .foreignKey(try cursor.identifierList())
            try references(&cursor)
        } else {
            return nil
        }
        skipConstraintWords(&cursor)
        return constraint
    }

    private static func references(_ cursor: inout TokenCursor) throws {
        try cursor.expect("REFERENCES")
        _ = try cursor.objectReference()
        if cursor.isNextSymbol("(") { _ = try cursor.identifierList() }
    }

    /// ENFORCED, RELY and their like say nothing here: Snowflake checks no key.
    private static func skipConstraintWords(_ cursor: inout TokenCursor) {
        while true {
            if cursor.isNext("NOT"), !cursor.isNext("NOT", "NULL") {
                cursor.index += 1
            } else if cursor.acceptAny(
                "ENFORCED", "RELY", "NORELY", "DEFERRABLE", "VALIDATE", "NOVALIDATE", "ENABLE", "DISABLE") == nil
            {
                return
            }
        }
    }

    /// One column: its name, type and what follows, up to a comma.
    static func column(_ cursor: inout TokenCursor) throws -> ColumnDefinition {
        var column = ColumnDefinition(name: try cursor.identifier())
        if cursor.current?.kind == .word, !cursor.isNext("AS") {
            let isInteger = cursor.current?.keyword.map(TypeName.isInteger) ?? false
            let type = try dataType(&cursor)
            column.type = type
            column.duckType = isInteger ? "BIGINT" : type.duckName
        }
        while let token = cursor.current, !token.isSymbol(","), !token.isSymbol(")") {
            try columnClause(&cursor, &column)
        }
        return column
    }

    private static func columnClause(_ cursor: inout TokenCursor, _ column: inout ColumnDefinition) throws {
        if cursor.accept("CONSTRAINT") { _ = try cursor.identifier() }
        if cursor.accept("NOT", "NULL") {
            column.notNull = true
        } else if cursor.accept("NULL") {
            return
        } else if cursor.accept("PRIMARY", "KEY") {
            column.primaryKey = true
            skipConstraintWords(&cursor)
        } else if cursor.accept("UNIQUE") {
            column.unique = true
            skipConstraintWords(&cursor)
        } else if cursor.accept("DEFAULT") {
            column.defaultValue = try cursor.text(until: endsDefault)
        } else if cursor.acceptAny("AUTOINCREMENT", "IDENTITY") != nil {
            column.identity = try identity(&cursor)
        } else if let comment = try cursor.acceptComment() {
            column.comment = comment
        } else if cursor.accept("COLLATE") {
            _ = try cursor.string()
        } else if cursor.isNext("REFERENCES") {
            try references(&cursor)
            skipConstraintWords(&cursor)
        } else if cursor.accept("TAG") || cursor.accept("WITH", "TAG") {
            _ = try cursor.bracketed()
        } else {
            throw cursor.unexpected()
        }
    }

    private static func endsDefault(_ cursor: TokenCursor) -> Bool {
        cursor.isNextSymbol(",") || cursor.isNext("NOT", "NULL") || cursor.isNext("COMMENT")
            || cursor.isNext("PRIMARY", "KEY") || cursor.isNext("UNIQUE") || cursor.isNext("CONSTRAINT")
            || cursor.isNext("COLLATE") || cursor.isNext("REFERENCES") || cursor.isNext("NULL")
            || cursor.isNext("WITH", "TAG")
    }

    private static func identity(_ cursor: inout TokenCursor) throws -> ColumnDefinition.Identity {
        var identity = ColumnDefinition.Identity()
        if cursor.acceptSymbol("(") {
            identity.start = try cursor.integer()
            if cursor.acceptSymbol(",") { identity.step = try cursor.integer() }
            try cursor.expectSymbol(")")
        }
        while true {
            if cursor.accept("START") {
                _ = cursor.accept("WITH")
                _ = cursor.acceptSymbol("=")
                identity.start = try cursor.integer()
            } else if cursor.accept("INCREMENT") {
                _ = cursor.accept("BY")
                _ = cursor.acceptSymbol("=")
                identity.step = try cursor.integer()
            } else if cursor.acceptAny("ORDER", "NOORDER") == nil {
                return identity
            }
        }
    }

    /// A data type's name with its arguments.
    static func dataType(_ cursor: inout TokenCursor) throws -> SQLType {
        let start = cursor.index
        guard let (name, count) = TypeName.read(cursor.tokens[cursor.index..<cursor.limit]) else {
            throw cursor.unexpected(hint: "Expected a data type.")
        }
        guard let type = TypeName.sqlType(name) else {
            let token = cursor.tokens[start]
            throw RegistryError(
                .syntax, "Unsupported data type '\(name)'.", hint: TypeName.near(name), position: token.position)
        }
        cursor.index += count
        return type
    }

    /// Behind `CREATE … VIEW`.
    static func createView(_ cursor: inout TokenCursor, _ modifiers: CreateModifiers) throws -> Statement {
        let (name, ifNotExists) = try newName(&cursor)
        var view = CreateView(
            name: name, orReplace: modifiers.orReplace, ifNotExists: ifNotExists,
            isTemporary: modifiers.lifetime == .temporary, isSecure: modifiers.secure, query: SQLText([]))
        if cursor.acceptSymbol("(") {
            repeat {
                let column = try column(&cursor)
                view.columns.append(column.name)
            } while cursor.acceptSymbol(",")
            try cursor.expectSymbol(")")
        }
        while !cursor.accept("AS") {
            if let comment = try cursor.acceptComment() {
                view.comment = comment
            } else if cursor.accept("COPY", "GRANTS") {
                continue
            } else if cursor.accept("CHANGE_TRACKING") {
                try cursor.expectSymbol("=")
                _ = try cursor.word()
            } else {
                throw cursor.unexpected(hint: "Expected AS.")
            }
        }
        view.query = try cursor.rest()
        return .createView(view)
    }
}
