package import Types

/// The value of an option in a statement: `OVERWRITE = TRUE`, `TYPE = CSV`, `ON_ERROR = ?`, `FILES = ('a', 'b')`.
package indirect enum OptionValue: Hashable, Sendable {
    /// An unquoted word, as written.
    case word(String)
    /// The value of a string constant.
    case string(String)
    /// A number as written, with its sign.
    case number(String)
    /// The binding with this number, from 1.
    case binding(Int)
    /// A dotted or quoted name.
    case name(PartialName)
    case list([OptionValue])
    case options(StatementOptions)

    /// The text of a word, string, number or name; nil for the others.
    package var text: String? {
        switch self {
        case .word(let text), .string(let text), .number(let text): text
        case .name(let name): name.description
        case .binding, .list, .options: nil
        }
    }

    /// Whether it is a string constant.
    package var isString: Bool { if case .string = self { true } else { false } }

    /// TRUE or FALSE, in any case, quoted or not; nil for anything else.
    package var boolean: Bool? {
        switch text?.uppercased() {
        case "TRUE", "ON", "YES", "1": true
        case "FALSE", "OFF", "NO", "0": false
        default: nil
        }
    }

    /// The texts of a list's values, or of the single value.
    package var texts: [String] {
        if case .list(let values) = self { values.compactMap(\.text) } else { text.map { [$0] } ?? [] }
    }
}

/// Options in the order in which they stand. Names are upper case.
package struct StatementOptions: Hashable, Sendable {
    package private(set) var entries: [Entry] = []

    package struct Entry: Hashable, Sendable {
        package let name: String
        package let value: OptionValue
        /// Where the name stands in the statement; nil where no text is behind the option.
        package let position: RegistryError.Position?

        package init(_ name: String, _ value: OptionValue, at position: RegistryError.Position? = nil) {
            self.name = name
            self.value = value
            self.position = position
        }
    }

    package init() {}

    /// The value of the last option of this (upper-case) name.
    package subscript(name: String) -> OptionValue? { entries.last { $0.name == name }?.value }

    package var isEmpty: Bool { entries.isEmpty }

    mutating func add(_ name: String, _ value: OptionValue, at position: RegistryError.Position? = nil) {
        entries.append(Entry(name, value, at: position))
    }

    /// Removes and returns the option of this name.
    mutating func take(_ name: String) -> OptionValue? { takeEntry(name)?.value }

    /// The same, with its place.
    mutating func takeEntry(_ name: String) -> Entry? {
        guard let entry = entries.last(where: { $0.name == name }) else { return nil }
        entries.removeAll { $0.name == name }
        return entry
    }
}
