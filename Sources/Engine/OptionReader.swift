import SnowflakeSQL
import Types

/// One option of a statement, or of a stored file format, read as what it must be. Its errors name the option, what it
/// takes and what was given, and tell the place.
struct OptionReader: Sendable {
    /// Upper case.
    let name: String
    let value: OptionValue
    let position: RegistryError.Position?

    init(_ entry: StatementOptions.Entry) {
        name = entry.name.uppercased()
        value = entry.value
        position = entry.position
    }

    func boolean() throws -> Bool {
        guard let flag = value.boolean else { throw bad("TRUE or FALSE") }
        return flag
    }

    func number(_ range: ClosedRange<Int>) throws -> Int {
        guard let number = value.text.flatMap({ Int($0) }), range.contains(number) else {
            let upTo = range.upperBound == Int.max ? "from \(range.lowerBound)" : "in \(range)"
            throw bad("a whole number \(upTo)")
        }
        return number
    }

    /// One of the words, which are upper case.
    func word(_ words: [String]) throws -> String {
        guard let word = value.text?.uppercased(), words.contains(word) else {
            throw bad(words.count == 1 ? words[0] : "one of \(words.joined(separator: ", "))")
        }
        return word
    }

    func text() throws -> String {
        guard let text = value.text else { throw bad("a string") }
        return text
    }

    /// The strings of a list, or the one string.
    func texts() throws -> [String] {
        switch value {
        case .list(let values):
            let texts = values.compactMap(\.text)
            guard texts.count == values.count else { throw bad("a list of strings: ('a', 'b')") }
            return texts
        case .options(let options) where options.isEmpty: return []
        default: return [try text()]
        }
    }

    // MARK: Errors

    /// The error for a value that the option does not take.
    func bad(_ expected: String) -> RegistryError {
        RegistryError(.invalidArgument, "\(name) must be \(expected), not \(given).", position: position)
    }

    /// The error for a value that Snowflake takes and Roost does not.
    ///
    /// - Parameter hint: what to do instead.
    func unsupported(_ hint: String) -> RegistryError {
        RegistryError(.unsupported, "\(name) = \(given) is not supported.", hint: hint, position: position)
    }

    /// The error for a name that is none of the options.
    ///
    /// - Parameter owner: whose options they are, at the beginning of a sentence.
    func unknown(of owner: String, _ names: some Collection<String>) -> RegistryError {
        let names = names.sorted()
        return RegistryError(
            .syntax, "\(owner) has no option \(name.prefix(60)).",
            hint: RegistryError.nearMiss(name, names) ?? "There are \(names.joined(separator: ", ")).",
            position: position)
    }

    /// The value as it may stand in a message.
    private var given: String {
        switch value {
        case .string(let text): "'\(text.prefix(60))'"
        case .word, .number, .name: String((value.text ?? "").prefix(60))
        case .binding: "a bound value"
        case .list: "a list"
        case .options: "a list of options"
        }
    }
}
