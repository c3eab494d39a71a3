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
        let pattern = try text(options.takeEntry("PATTERN"))
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
        let pattern = try text(options.takeEntry("PATTERN"))
        if let other = options.entries.first {
            throw RegistryError(
                .syntax, "\(verb) has no option \(other.name).",
                hint: RegistryError.nearMiss(other.name, ["PATTERN"]) ?? "Its one option is PATTERN.",
                position: other.position)
        }
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
        copy.files = try texts(copy.options.takeEntry("FILES"))
        copy.pattern = try text(copy.options.takeEntry("PATTERN"))
        copy.fileFormat = fileFormat(copy.options.takeEntry("FILE_FORMAT"))
        return .copyIntoTable(copy)
    }

    /// The texts of an option that is a list of strings, or one string; none where it is not there.
    private static func texts(_ entry: StatementOptions.Entry?) throws -> [String] {
        guard let entry else { return [] }
        let count = if case .list(let values) = entry.value { values.count } else { 1 }
        guard !entry.value.texts.isEmpty, entry.value.texts.count == count else {
            throw RegistryError(
                .invalidArgument, "\(entry.name) must be a list of strings: ('a', 'b').", position: entry.position)
        }
        return entry.value.texts
    }

    private static func text(_ entry: StatementOptions.Entry?) throws -> String? {
        guard let entry else { return nil }
        guard let text = entry.value.text else {
            throw RegistryError(.invalidArgument, "\(entry.name) must be a string.", position: entry.position)
        }
        return text
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
        copy.fileFormat = fileFormat(copy.options.takeEntry("FILE_FORMAT"))
        return .copyIntoStage(copy)
    }

    private static func startsOption(_ cursor: TokenCursor) -> Bool {
        cursor.current?.kind == .word && cursor.isNextSymbol("=", after: 1)
    }
}
