import Types

extension StatementParser {
    static func put(_ cursor: inout TokenCursor) throws -> Statement {
        cursor.index += 1
        let path = try filePath(&cursor)
        let target = try cursor.stageReference()
        return .put(PutStatement(path: path, target: target, options: try cursor.options()))
    }

    static func get(_ cursor: inout TokenCursor) throws -> Statement {
        cursor.index += 1
        let source = try cursor.stageReference()
        let path = try filePath(&cursor)
        var options = try cursor.options()
        let pattern = options.take("PATTERN")?.text
        return .get(GetStatement(source: source, path: path, options: options, pattern: pattern))
    }

    /// `'file://…'` or `file://…`: what follows the slashes.
    private static func filePath(_ cursor: inout TokenCursor) throws -> String {
        guard let token = cursor.current else { throw cursor.unexpected(hint: "Expected 'file://…'.") }
        let text: String
        if token.kind == .fileURL {
            cursor.index += 1
            text = token.text
        } else {
            text = try cursor.string()
        }
        guard text.lowercased().hasPrefix("file://") else {
            throw SyntaxError.unexpected(token, hint: "Expected 'file://…'.")
        }
        return String(text.dropFirst("file://".count))
    }

    static func list(_ cursor: inout TokenCursor) throws -> Statement {
        let verb = try cursor.word()
        let location = try cursor.stageReference()
        var options = try cursor.options()
        let pattern = options.take("PATTERN")?.text
        let statement = ListStatement(location: location, pattern: pattern)
        return verb == "LIST" || verb == "LS" ? .list(statement) : .remove(statement)
    }

    static func copy(_ cursor: inout TokenCursor) throws -> Statement {
        cursor.index += 1
        if cursor.isNext("FILES") {
            let position = cursor.position
            cursor.index = cursor.limit
            return .unsupported(UnsupportedStatement(name: "COPY FILES", position: position, hint: nil))
        }
        try cursor.expect("INTO")
        switch cursor.current?.kind {
        case .stage, .snowURL, .string, .dollarString, .question: return try copyIntoStage(&cursor)
        default: return try copyIntoTable(&cursor)
        }
    }

    private static func copyIntoTable(_ cursor: inout TokenCursor) throws -> Statement {
        let table = try cursor.objectReference()
        let columns = cursor.isNextSymbol("(") ? try cursor.identifierList() : []
        try cursor.expect("FROM")
        let source: CopyIntoTable.Source =
            cursor.isNextSymbol("(") ? .query(try cursor.bracketed()) : .stage(try cursor.stageReference())
        var copy = CopyIntoTable(table: table, columns: columns, source: source)
        copy.options = try cursor.options()
        copy.files = copy.options.take("FILES")?.texts ?? []
        copy.pattern = copy.options.take("PATTERN")?.text
        copy.fileFormat = try fileFormat(copy.options.take("FILE_FORMAT"))
        return .copyIntoTable(copy)
    }

    private static func copyIntoStage(_ cursor: inout TokenCursor) throws -> Statement {
        let target = try cursor.stageReference()
        try cursor.expect("FROM")
        let source: CopyIntoStage.Source =
            cursor.isNextSymbol("(") ? .query(try cursor.bracketed()) : .table(try cursor.objectReference())
        var copy = CopyIntoStage(target: target, source: source)
        while !cursor.isAtEnd {
            if cursor.accept("PARTITION", "BY") {
                copy.partitionBy = try cursor.isNextSymbol("(") ? cursor.bracketed() : cursor.text(until: startsOption)
            } else {
                let before = cursor.index
                copy.options.addAll(try cursor.options(flags: ["HEADER", "OVERWRITE", "SINGLE"]))
                guard cursor.index > before else { throw cursor.unexpected() }
            }
        }
        copy.fileFormat = try fileFormat(copy.options.take("FILE_FORMAT"))
        return .copyIntoStage(copy)
    }

    private static func startsOption(_ cursor: TokenCursor) -> Bool {
        cursor.current?.kind == .word && cursor.isNextSymbol("=", after: 1)
    }
}
