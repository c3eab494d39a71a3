import SnowflakeSQL
import Types

/// How staged files are read and written: the options of FILE_FORMAT, with Snowflake's defaults.
///
/// What an option means is in `FileFormat+Options.swift`, what becomes of it in `FileFormat+Reading.swift` and
/// `FileFormat+Writing.swift`. Source: https://docs.snowflake.com/en/sql-reference/sql/create-file-format
struct FileFormat: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case csv = "CSV"
        case json = "JSON"
        case parquet = "PARQUET"
    }

    /// How bytes are written as text.
    enum BinaryFormat: String, Sendable, CaseIterable {
        case hex = "HEX"
        case base64 = "BASE64"
        case utf8 = "UTF8"
    }

    let kind: Kind
    var fieldDelimiter = ","
    /// Read as any line break; what can be written is a line feed.
    var recordDelimiter = "\n"
    var skipHeader = 0
    var parsesHeader = false
    /// Whether SKIP_BLANK_LINES was asked for. Lines of two fields and more are skipped when blank in any case.
    var skipsBlankLines = false
    /// The quote around fields, nil for none.
    var enclosedBy: Character?
    var escape: Character?
    var nullTexts: [String] = ["\\N"]
    var emptyFieldAsNull = true
    var trimsSpace = false
    /// Whether a line with more or fewer fields than the table has columns is an error.
    var refusesOtherWidths = true
    var binaryFormat = BinaryFormat.hex
    /// `AUTO`, `GZIP`, `NONE`, …
    var compression = "AUTO"
    /// The end of the names of files that are written, with its point; nil for the usual one.
    var fileExtension: String?
    var stripsOuterArray = false
    /// JSON: whether a value may go over several lines.
    var isMultiLine = true
    /// Parquet: whether bytes without a logical type are text.
    var binaryAsText = false

    /// - Throws: `syntax` for an option that Snowflake does not have, `unsupported` for a type, an option or a value
    ///   that is not offered, `invalidArgument` for a bad value.
    init(_ options: StatementOptions) throws {
        try self.init(options.entries.map { OptionReader($0) })
    }

    private init(_ options: [OptionReader]) throws {
        kind = try FileFormat.kind(options.last { $0.name == "TYPE" })
        for option in options { try set(option) }
        try check(options)
    }

    // MARK: In the catalog

    /// Options as the catalog keeps them: a JSON object of texts and lists.
    static func encode(_ options: StatementOptions) -> String {
        SyntaxNode.object(
            options.entries.map { entry in
                let value: SyntaxNode =
                    switch entry.value {
                    case .list, .options: .array(entry.value.texts.map { .string($0) })
                    default: .string(entry.value.text ?? "")
                    }
                return .init(key: entry.name.uppercased(), value: value)
            }
        ).json
    }

    /// Options from the catalog.
    init(stored json: String) throws {
        guard case .object(let members) = try SyntaxNode(parsing: json.utf8) else {
            throw RegistryError(.corrupt, "A stored file format is damaged.")
        }
        try self.init(
            members.map { member in
                let value: OptionValue =
                    if let text = member.value.text {
                        .string(text)
                    } else {
                        .list(member.value.elements.compactMap(\.text).map { .string($0) })
                    }
                return OptionReader(.init(member.key, value))
            })
    }
}
