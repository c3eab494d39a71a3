import Types

/// A filter of MLflow's searches: comparisons joined by AND.
///
/// ```
/// metrics.rmse < 0.5 AND tags.`team name` LIKE 'a%' AND attributes.status IN ('FINISHED', 'FAILED')
/// ```
/// Source: MLflow's documentation of search syntax; MLFLOW.md 1.6.
package struct Filter: Sendable {
    package struct Comparison: Sendable {
        /// What stands before the dot, lower case; empty for a bare key.
        package let scope: String
        package let key: String
        package let comparator: Comparator
        package let values: [Value]
        /// From 1, in the text.
        package let position: Int
    }

    package enum Comparator: String, Sendable {
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case like = "LIKE"
        case ilike = "ILIKE"
        case isIn = "IN"
        case isNotIn = "NOT IN"
        case isNull = "IS NULL"
        case isNotNull = "IS NOT NULL"
    }

    package enum Value: Sendable, Equatable {
        case text(String)
        case number(Double, text: String)
    }

    package let comparisons: [Comparison]

    package init(_ comparisons: [Comparison]) { self.comparisons = comparisons }

    /// Longest filter, in bytes.
    package static let maximumLength = 65_536
    /// Most comparisons of a filter: the catalog nests one level for each.
    package static let maximumComparisons = 200

    /// - Throws: `invalidArgument` with the position of what can't be read.
    package init(parsing text: String) throws {
        guard text.utf8.count <= Self.maximumLength else {
            throw RegistryError(
                .invalidArgument,
                "The filter is \(text.utf8.count) bytes long: at most \(Self.maximumLength) are allowed.")
        }
        var parser = FilterParser(text)
        comparisons = try parser.comparisons()
    }
}

/// One key to order by.
package struct OrderKey: Sendable {
    package let scope: String
    package let key: String
    package let isAscending: Bool

    package init(scope: String, key: String, isAscending: Bool) {
        self.scope = scope
        self.key = key
        self.isAscending = isAscending
    }

    /// Reads `metrics.rmse DESC`, `name`, ``tags.`a b` ASC``.
    package init(parsing text: String) throws {
        var parser = FilterParser(text)
        self = try parser.orderKey()
    }
}

private struct FilterParser {
    private enum Token: Equatable {
        /// A word or dotted name without quotes.
        case word(String)
        /// In backticks or double quotes: a key, or a text.
        case quoted(String, mark: Character)
        case number(String)
        case symbol(String)
        case end
    }

    private let text: String
    private let characters: [Character]
    private var index = 0

    init(_ text: String) {
        self.text = text
        characters = Array(text)
    }

    mutating func comparisons() throws -> [Filter.Comparison] {
        var result: [Filter.Comparison] = []
        guard try peek() != .end else { return [] }
        while true {
            result.append(try comparison())
            guard result.count <= Filter.maximumComparisons else {
                throw RegistryError(
                    .invalidArgument, "The filter has more than \(Filter.maximumComparisons) comparisons.")
            }
            let (token, position) = try next()
            if token == .end { return result }
            guard case .word(let word) = token, word.uppercased() == "AND" else {
                throw unexpected(token, position, expected: "AND or the end (OR and brackets are not offered)")
            }
        }
    }

    mutating func orderKey() throws -> OrderKey {
        let (scope, key, _) = try field()
        var isAscending = true
        let (token, position) = try next()
        if case .word(let word) = token {
            switch word.uppercased() {
            case "ASC": break
            case "DESC": isAscending = false
            default: throw unexpected(token, position, expected: "ASC or DESC")
            }
            let (last, place) = try next()
            guard last == .end else { throw unexpected(last, place, expected: "the end") }
        } else if token != .end {
            throw unexpected(token, position, expected: "ASC or DESC")
        }
        return OrderKey(scope: scope, key: key, isAscending: isAscending)
    }

    private mutating func comparison() throws -> Filter.Comparison {
        let (scope, key, position) = try field()
        let comparator = try self.comparator()
        var values: [Filter.Value] = []
        switch comparator {
        case .isNull, .isNotNull: break
        case .isIn, .isNotIn:
            let (open, place) = try next()
            guard open == .symbol("(") else { throw unexpected(open, place, expected: "a list in brackets") }
            while true {
                values.append(try value())
                let (token, place) = try next()
                if token == .symbol(")") { break }
                guard token == .symbol(",") else { throw unexpected(token, place, expected: "',' or ')'") }
            }
        default: values = [try value()]
        }
        return Filter.Comparison(scope: scope, key: key, comparator: comparator, values: values, position: position)
    }

    /// `metrics.rmse`, ``tags.`a b` ``, `"name"`, `name`
    private mutating func field() throws -> (scope: String, key: String, position: Int) {
        let (token, position) = try next()
        switch token {
        case .quoted(let key, let mark) where mark != "'": return ("", key, position)
        case .word(let word):
            if word.hasSuffix(".") {
                let (rest, place) = try next()
                guard case .quoted(let key, let mark) = rest, mark != "'" else {
                    throw unexpected(rest, place, expected: "a key")
                }
                return (word.dropLast().lowercased(), key, position)
            }
            guard let dot = word.firstIndex(of: ".") else { return ("", word, position) }
            let key = String(word[word.index(after: dot)...])
            guard !key.isEmpty else { throw unexpected(token, position, expected: "a key") }
            return (word[..<dot].lowercased(), key, position)
        default: throw unexpected(token, position, expected: "a key such as tags.team")
        }
    }

    private mutating func comparator() throws -> Filter.Comparator {
        let (token, position) = try next()
        switch token {
        case .symbol(let symbol):
            if let comparator = Filter.Comparator(rawValue: symbol == "<>" ? "!=" : symbol == "==" ? "=" : symbol) {
                return comparator
            }
        case .word(let word):
            switch word.uppercased() {
            case "LIKE": return .like
            case "ILIKE": return .ilike
            case "IN": return .isIn
            case "NOT":
                let (following, _) = try next()
                if case .word(let word) = following, word.uppercased() == "IN" { return .isNotIn }
            case "IS":
                let (following, _) = try next()
                if case .word(let word) = following {
                    if word.uppercased() == "NULL" { return .isNull }
                    let (last, _) = try next()
                    if word.uppercased() == "NOT", case .word(let null) = last, null.uppercased() == "NULL" {
                        return .isNotNull
                    }
                }
            default: break
            }
        default: break
        }
        throw unexpected(token, position, expected: "a comparator: =, !=, <, <=, >, >=, LIKE, ILIKE, IN, IS NULL")
    }

    private mutating func value() throws -> Filter.Value {
        let (token, position) = try next()
        switch token {
        case .quoted(let text, let mark) where mark != "`": return .text(text)
        case .number(let text):
            guard let number = Double(text) else { break }
            return .number(number, text: text)
        default: break
        }
        throw RegistryError(
            .invalidArgument,
            "Expected a quoted string value or a number at character \(position) of the filter, not \(shown(token)).")
    }

    private func peek() throws -> Token {
        var copy = self
        return try copy.next().0
    }

    /// The next token and its position, from 1.
    private mutating func next() throws -> (Token, Int) {
        while index < characters.count, characters[index].isWhitespace { index += 1 }
        let start = index
        guard index < characters.count else { return (.end, start + 1) }
        let character = characters[index]
        switch character {
        case "'", "\"", "`":
            index += 1
            var value = ""
            while index < characters.count, characters[index] != character {
                value.append(characters[index])
                index += 1
            }
            guard index < characters.count else {
                throw RegistryError(
                    .invalidArgument, "The quote at character \(start + 1) of the filter is not closed.")
            }
            index += 1
            return (.quoted(value, mark: character), start + 1)
        case "(", ")", ",":
            index += 1
            return (.symbol(String(character)), start + 1)
        case "=", "!", "<", ">":
            index += 1
            if index < characters.count, characters[index] == "=" || (character == "<" && characters[index] == ">") {
                index += 1
            }
            return (.symbol(String(characters[start..<index])), start + 1)
        default:
            let isNumber = character.isNumber || ((character == "-" || character == "+" || character == ".") && index + 1 < characters.count && (characters[index + 1].isNumber || characters[index + 1] == "."))
            while index < characters.count, Self.isWordPart(characters[index]) { index += 1 }
            guard index > start else {
                throw RegistryError(
                    .invalidArgument, "'\(character)' at character \(start + 1) of the filter is not expected.")
            }
            let word = String(characters[start..<index])
            return (isNumber && Double(word) != nil ? .number(word) : .word(word), start + 1)
        }
    }

    private static func isWordPart(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "_.-+:/$@".contains(character)
    }

    private func shown(_ token: Token) -> String {
        switch token {
        case .word(let text), .number(let text), .symbol(let text): "'\(text.prefix(60))'"
        case .quoted(let text, let mark): "\(mark)\(text.prefix(60))\(mark)"
        case .end: "the end"
        }
    }

    private func unexpected(_ token: Token, _ position: Int, expected: String) -> RegistryError {
        RegistryError(
            .invalidArgument,
            "Invalid filter: \(shown(token)) at character \(position), where \(expected) is expected.")
    }
}
