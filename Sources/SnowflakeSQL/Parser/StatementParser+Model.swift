import Types

extension StatementParser {
    /// Behind `CREATE … MODEL`.
    static func createModel(_ cursor: inout TokenCursor, orReplace: Bool) throws -> Statement {
        let early = cursor.acceptIfNotExists()
        var model = CreateModel(name: try cursor.objectReference(), orReplace: orReplace)
        model.ifNotExists = early || cursor.acceptIfNotExists()
        while !cursor.isAtEnd {
            if cursor.accept("WITH") {
                model.isLive = cursor.accept("LIVE")
                try cursor.expect("VERSION")
                model.version = try cursor.identifier()
            } else if cursor.accept("FROM") {
                model.source = try versionSource(&cursor)
            } else if let comment = try cursor.acceptComment() {
                model.comment = comment
            } else {
                throw cursor.unexpected(hint: "Expected WITH VERSION, FROM or COMMENT.")
            }
        }
        return .createModel(model)
    }

    /// Behind FROM.
    private static func versionSource(_ cursor: inout TokenCursor) throws -> VersionSource {
        if cursor.accept("MODEL") {
            let name = try cursor.objectReference()
            return .model(name, version: cursor.accept("VERSION") ? try cursor.identifier() : nil)
        }
        return .files(try cursor.stageReference())
    }

    /// Behind `ALTER MODEL`.
    static func alterModel(_ cursor: inout TokenCursor) throws -> Statement {
        let ifExists = cursor.acceptIfExists()
        let name = try cursor.objectReference()
        return .alterModel(AlterModel(name: name, ifExists: ifExists, action: try modelAction(&cursor)))
    }

    private static func modelAction(_ cursor: inout TokenCursor) throws -> AlterModel.Action {
        switch cursor.acceptAny("ADD", "COMMIT", "DROP", "RENAME", "SET", "UNSET", "VERSION", "MODIFY") {
        case "ADD": return try addVersion(&cursor)
        case "COMMIT": return try commitVersion(&cursor)
        case "DROP":
            try cursor.expect("VERSION")
            return .dropVersion(try cursor.identifier())
        case "RENAME":
            try cursor.expect("TO")
            return .rename(try cursor.objectReference())
        case "SET": return try setModel(&cursor)
        case "UNSET":
            if cursor.accept("TAG") { return .unsetTags(try cursor.references()) }
            try cursor.expect("COMMENT")
            return .unsetComment
        case "VERSION":
            let version = try cursor.identifier()
            if cursor.accept("UNSET", "ALIAS") { return .unsetAlias(version: version) }
            if cursor.accept("SET", "ALIAS") {
                try cursor.expectSymbol("=")
                return .setAlias(version: version, alias: try cursor.identifier())
            }
            return try modifyVersion(&cursor, version)
        case "MODIFY":
            try cursor.expect("VERSION")
            return try modifyVersion(&cursor, try cursor.identifier())
        default:
            throw cursor.unexpected(
                hint:
                    "Expected ADD VERSION, COMMIT VERSION, DROP VERSION, RENAME TO, SET, UNSET or MODIFY VERSION."
            )
        }
    }

    private static func addVersion(_ cursor: inout TokenCursor) throws -> AlterModel.Action {
        let isLive = cursor.accept("LIVE")
        try cursor.expect("VERSION")
        var version: Identifier?
        if !cursor.isAtEnd, !cursor.isNext("FROM") { version = try cursor.identifier() }
        var source: VersionSource?
        var comment: String?
        while !cursor.isAtEnd {
            if cursor.accept("FROM") {
                source = try versionSource(&cursor)
            } else if let text = try cursor.acceptComment() {
                comment = text
            } else {
                throw cursor.unexpected(hint: "Expected FROM.")
            }
        }
        return .addVersion(version, isLive: isLive, source: source, comment: comment)
    }

    private static func commitVersion(_ cursor: inout TokenCursor) throws -> AlterModel.Action {
        try cursor.expect("VERSION")
        let version = try cursor.identifier()
        var model: ObjectReference?
        var renamed: Identifier?
        while cursor.accept("RENAME") {
            if cursor.accept("VERSION", "TO") {
                renamed = try cursor.identifier()
            } else {
                try cursor.expect("TO")
                model = try cursor.objectReference()
            }
        }
        return .commitVersion(version, renameModel: model, renameVersion: renamed)
    }

    private static func setModel(_ cursor: inout TokenCursor) throws -> AlterModel.Action {
        if cursor.accept("TAG") { return .setTags(try cursor.tagAssignments()) }
        var comment: String?
        var defaultVersion: Identifier?
        repeat {
            if let text = try cursor.acceptComment() {
                comment = text
            } else if cursor.accept("DEFAULT_VERSION") {
                try cursor.expectSymbol("=")
                defaultVersion = try versionName(&cursor)
            } else {
                throw cursor.unexpected(hint: "Expected COMMENT, DEFAULT_VERSION or TAG.")
            }
            _ = cursor.acceptSymbol(",")
        } while !cursor.isAtEnd
        return .set(comment: comment, defaultVersion: defaultVersion)
    }

    /// A version's name: an identifier, or the same in single quotes.
    private static func versionName(_ cursor: inout TokenCursor) throws -> Identifier {
        guard let token = cursor.current, token.kind == .string else { return try cursor.identifier() }
        let text = try cursor.string()
        return (try? Identifier(parsing: text)) ?? Identifier(resolved: text)
    }

    private static func modifyVersion(_ cursor: inout TokenCursor, _ version: Identifier) throws -> AlterModel.Action {
        if cursor.accept("UNSET", "COMMENT") { return .unsetVersionComment(version) }
        if cursor.accept("SET", "ALIAS") {
            try cursor.expectSymbol("=")
            return .setAlias(version: version, alias: try cursor.identifier())
        }
        if cursor.accept("UNSET", "ALIAS") { return .unsetAlias(version: version) }
        try cursor.expect("SET")
        var comment: String?
        var metadata: String?
        repeat {
            if let text = try cursor.acceptComment() {
                comment = text
            } else if cursor.accept("METADATA") {
                try cursor.expectSymbol("=")
                metadata = try cursor.string()
            } else {
                throw cursor.unexpected(hint: "Expected COMMENT or METADATA.")
            }
            _ = cursor.acceptSymbol(",")
        } while !cursor.isAtEnd
        return .modifyVersion(version, comment: comment, metadata: metadata)
    }
}
