import Types

/// Walks over the significant tokens of a statement: looks, accepts, expects.
struct TokenCursor {
    let tokens: [Token]
    /// One past the last token to read.
    let limit: Int
    var index: Int

    init(_ tokens: [Token]) {
        self.tokens = tokens
        limit = tokens.count
        index = 0
    }

    var isAtEnd: Bool { index >= limit }
    var current: Token? { index < limit ? tokens[index] : nil }

    func peek(_ ahead: Int) -> Token? { index + ahead < limit ? tokens[index + ahead] : nil }

    /// Where the next token stands, or the end of the text.
    var position: RegistryError.Position {
        if let current { return current.position }
        guard let last = tokens.last else { return .init(line: 1, column: 0) }
        let lines = last.text.split(separator: "\n", omittingEmptySubsequences: false)
        let tail = lines.last?.unicodeScalars.count ?? 0
        return .init(line: last.line + lines.count - 1, column: lines.count > 1 ? tail : last.column + tail)
    }

    /// The error for a token that does not belong here.
    func unexpected(hint: String? = nil) -> RegistryError {
        if let current { SyntaxError.unexpected(current, hint: hint) } else { SyntaxError.end(position, hint: hint) }
    }

    // MARK: words

    /// Whether these words (upper case) come next.
    func isNext(_ words: String...) -> Bool { isNext(words) }

    func isNext(_ words: [String], after ahead: Int = 0) -> Bool {
        for (offset, word) in words.enumerated() {
            guard let token = peek(ahead + offset), token.isWord(word) else { return false }
        }
        return true
    }

    /// Steps over these words when all of them come next.
    mutating func accept(_ words: String...) -> Bool {
        guard isNext(words) else { return false }
        index += words.count
        return true
    }

    /// Steps over the first of the words that comes next, and returns it.
    mutating func acceptAny(_ words: String...) -> String? {
        guard let word = words.first(where: { isNext([$0]) }) else { return nil }
        index += 1
        return word
    }

    mutating func expect(_ words: String...) throws {
        for word in words {
            guard isNext([word]) else { throw unexpected(hint: "Expected \(word).") }
            index += 1
        }
    }

    /// The next word, upper-cased.
    mutating func word() throws -> String {
        guard let word = current?.keyword else { throw unexpected() }
        index += 1
        return word
    }

    // MARK: symbols

    func isNextSymbol(_ symbol: String, after ahead: Int = 0) -> Bool { peek(ahead)?.isSymbol(symbol) ?? false }

    mutating func acceptSymbol(_ symbol: String) -> Bool {
        guard isNextSymbol(symbol) else { return false }
        index += 1
        return true
    }

    mutating func expectSymbol(_ symbol: String) throws {
        guard acceptSymbol(symbol) else { throw unexpected(hint: "Expected '\(symbol)'.") }
    }

    func expectEnd() throws {
        guard isAtEnd else { throw unexpected() }
    }

    // MARK: values

    mutating func identifier() throws -> Identifier {
        guard let token = current, token.kind == .word || token.kind == .quotedIdentifier else {
            throw unexpected(hint: "Expected a name.")
        }
        index += 1
        return try TokenCursor.identifier(token)
    }

    /// The identifier that a word or quoted identifier resolves to, errors with the token's position.
    static func identifier(_ token: Token) throws -> Identifier {
        do {
            return try Identifier(parsing: token.text)
        } catch let error as RegistryError {
            throw RegistryError(
                error.code == .limitExceeded ? .limitExceeded : .syntax, error.message, hint: error.hint,
                position: token.position)
        }
    }

    /// `a`, `a.b`, `a.b.c` or `a..c` (whose schema is PUBLIC).
    mutating func partialName(maximum: Int = 3) throws -> PartialName {
        let start = current
        var parts = [try identifier()]
        while acceptSymbol(".") {
            if isNextSymbol("."), parts.count == 1 {
                parts.append(Identifier(resolved: "PUBLIC"))
            } else {
                parts.append(try identifier())
            }
        }
        guard parts.count <= maximum else {
            throw RegistryError(
                .syntax, "The name '\(PartialName(parts))' has \(parts.count) parts; at most \(maximum) are allowed.",
                position: start?.position)
        }
        return PartialName(parts)
    }

    /// A name, or IDENTIFIER(?), IDENTIFIER('…'), IDENTIFIER($v).
    mutating func objectReference(maximum: Int = 3) throws -> ObjectReference {
        guard isNext("IDENTIFIER"), isNextSymbol("(", after: 1) else {
            return .name(try partialName(maximum: maximum))
        }
        index += 2
        let reference: ObjectReference
        guard let token = current else { throw unexpected() }
        switch token.kind {
        case .question:
            index += 1
            reference = .binding(token.ordinal)
        case .string, .dollarString:
            index += 1
            do {
                reference = .name(PartialName(try Identifier.split(try StringLiteral.value(of: token))))
            } catch let error as RegistryError {
                throw RegistryError(.syntax, error.message, hint: error.hint, position: token.position)
            }
        case .dollarName:
            index += 1
            reference = .variable(Identifier(resolved: String(token.text.dropFirst()).uppercased()))
        case .symbol where token.text == ":":
            index += 1
            guard let number = current, number.kind == .number, let ordinal = Int(number.text) else {
                throw unexpected()
            }
            index += 1
            reference = .binding(ordinal)
        default: reference = .name(try partialName(maximum: maximum))
        }
        try expectSymbol(")")
        return reference
    }

    /// A string constant's value.
    mutating func string() throws -> String {
        guard let token = current, token.kind == .string || token.kind == .dollarString else {
            throw unexpected(hint: "Expected a string.")
        }
        index += 1
        return try StringLiteral.value(of: token)
    }

    mutating func integer() throws -> Int {
        guard let token = current, token.kind == .number, let number = Int(token.text) else {
            throw unexpected(hint: "Expected a number.")
        }
        index += 1
        return number
    }

    /// `(a, b)`
    mutating func identifierList() throws -> [Identifier] {
        try expectSymbol("(")
        var names = [try identifier()]
        while acceptSymbol(",") { names.append(try identifier()) }
        try expectSymbol(")")
        return names
    }

    /// Whether `[OR REPLACE]` stands here; steps over it.
    mutating func acceptIfNotExists() -> Bool { accept("IF", "NOT", "EXISTS") }
    mutating func acceptIfExists() -> Bool { accept("IF", "EXISTS") }

    // MARK: texts

    /// Everything up to the end of the statement; never empty.
    mutating func rest() throws -> SQLText {
        guard !isAtEnd else { throw unexpected() }
        defer { index = limit }
        return SQLText(tokens[index..<limit])
    }

    /// The tokens up to one, outside brackets and CASE…END, at which `stop` says so, or up to the end; never empty.
    mutating func text(until stop: (TokenCursor) -> Bool) throws -> SQLText {
        let start = index
        var depth = 0
        while let token = current {
            if depth == 0, index > start, stop(self) { break }
            if token.kind == .symbol, "([{".contains(token.text) {
                depth += 1
            } else if token.kind == .symbol, ")]}".contains(token.text) {
                if depth == 0 { break }
                depth -= 1
            } else if token.isWord("CASE") {
                depth += 1
            } else if token.isWord("END"), depth > 0 {
                depth -= 1
            }
            index += 1
        }
        guard index > start else { throw unexpected() }
        return SQLText(tokens[start..<index])
    }

    /// The contents of the bracket that opens here, brackets left out; steps behind the closing one.
    mutating func bracketed() throws -> SQLText {
        try expectSymbol("(")
        if acceptSymbol(")") { return SQLText([]) }
        let text = try text { _ in false }
        try expectSymbol(")")
        return text
    }
}
