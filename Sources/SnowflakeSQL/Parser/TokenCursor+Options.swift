import Types

extension TokenCursor {
    /// Options `NAME = value`, with or without commas, up to something that is no option. A word without `=` ends them
    /// unless `flags` names it.
    mutating func options(flags: Set<String> = []) throws -> StatementOptions {
        var options = StatementOptions()
        while let token = current, let name = token.keyword {
            if isNextSymbol("=", after: 1) || isNextSymbol("=>", after: 1) {
                index += 2
                options.add(name, try optionValue(), at: token.position)
            } else if flags.contains(name) {
                index += 1
                options.add(name, .word("TRUE"), at: token.position)
            } else {
                break
            }
            // A comma belongs to the options only where another one follows.
            if isNextSymbol(","), peek(1)?.kind == .word, isNextSymbol("=", after: 2) { index += 1 }
        }
        return options
    }

    /// One value: word, string, number, binding, name, or a bracket with values or options.
    mutating func optionValue() throws -> OptionValue {
        guard let token = current else { throw unexpected() }
        switch token.kind {
        case .string, .dollarString: return .string(try string())
        case .question:
            index += 1
            return .binding(token.ordinal)
        case .number:
            index += 1
            return .number(token.text)
        case .stage, .snowURL, .fileURL:
            index += 1
            return .string(token.text)
        case .dollarName:
            index += 1
            return .word(token.text)
        case .symbol where token.text == "-" || token.text == "+":
            guard let number = peek(1), number.kind == .number else { throw unexpected() }
            index += 2
            return .number((token.text == "-" ? "-" : "") + number.text)
        case .symbol where token.text == "(":
            index += 1
            return try bracketedValue()
        case .quotedIdentifier: return .name(try partialName())
        case .word:
            if isNextSymbol(".", after: 1) || isNext("IDENTIFIER") && isNextSymbol("(", after: 1) {
                switch try objectReference() {
                case .name(let name): return .name(name)
                case .binding(let number): return .binding(number)
                case .variable(let name): return .word("$\(name)")
                }
            }
            index += 1
            return .word(token.text)
        default: throw unexpected()
        }
    }

    /// Behind an opening bracket: options when `NAME =` follows, else a list of values.
    private mutating func bracketedValue() throws -> OptionValue {
        if acceptSymbol(")") { return .options(StatementOptions()) }
        if current?.kind == .word, isNextSymbol("=", after: 1) {
            let options = try options()
            try expectSymbol(")")
            return .options(options)
        }
        var values = [try optionValue()]
        while acceptSymbol(",") { values.append(try optionValue()) }
        try expectSymbol(")")
        return .list(values)
    }

    /// `TAG a.b.c = 'v' [, d = 'w']`, behind TAG.
    mutating func tagAssignments() throws -> [TagAssignment] {
        var tags: [TagAssignment] = []
        repeat {
            let tag = try objectReference()
            try expectSymbol("=")
            tags.append(TagAssignment(tag: tag, value: try string()))
        } while acceptSymbol(",")
        return tags
    }

    /// A list of references, behind `UNSET TAG`.
    mutating func references() throws -> [ObjectReference] {
        var names = [try objectReference()]
        while acceptSymbol(",") { names.append(try objectReference()) }
        return names
    }

    /// `'a', 'b'`, in brackets or not.
    mutating func strings() throws -> [String] {
        let bracket = acceptSymbol("(")
        var values = [try string()]
        while acceptSymbol(",") { values.append(try string()) }
        if bracket { try expectSymbol(")") }
        return values
    }

    /// `COMMENT [=] '…'` where it stands here.
    mutating func acceptComment() throws -> String? {
        guard isNext("COMMENT"),
            isNextSymbol("=", after: 1) || peek(1)?.kind == .string || peek(1)?.kind == .dollarString
        else { return nil }
        index += 1
        _ = acceptSymbol("=")
        return try string()
    }

    /// A stage: `@…`, `'@…'`, `snow://…`, `'snow://…'`, `?`.
    mutating func stageReference() throws -> StageReference {
        guard let token = current else { throw unexpected(hint: "Expected a stage.") }
        switch token.kind {
        case .stage, .snowURL:
            index += 1
            return .location(try StageLocation(parsing: token.text, at: token.position))
        case .string, .dollarString:
            let text = try string()
            guard text.hasPrefix("@") || text.lowercased().hasPrefix("snow://") else {
                throw SyntaxError.unexpected(token, hint: "Expected a stage, '@name/path', or a snow:// URL.")
            }
            return .location(try StageLocation(parsing: text, at: token.position))
        case .question:
            index += 1
            return .binding(token.ordinal)
        default: throw unexpected(hint: "Expected a stage, @name/path.")
        }
    }
}
