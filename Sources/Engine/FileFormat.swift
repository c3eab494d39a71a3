import SnowflakeSQL
import Types

/// How staged files are read and written: the options of FILE_FORMAT, with Snowflake's defaults.
///
/// Source: https://docs.snowflake.com/en/sql-reference/sql/create-file-format
struct FileFormat: Sendable {
    enum Kind: String, Sendable {
        case csv = "CSV"
        case json = "JSON"
        case parquet = "PARQUET"
    }

    let kind: Kind
    var fieldDelimiter = ","
    var skipHeader = 0
    var parsesHeader = false
    /// The quote around fields, nil for none.
    var enclosedBy: Character?
    var escape: Character?
    var nullTexts: [String] = ["\\N"]
    var emptyFieldAsNull = true
    var trimsSpace = false
    /// `AUTO`, `GZIP`, `NONE`, …
    var compression = "AUTO"
    var stripsOuterArray = false

    /// - Throws: `unsupported` for a type or option that is not offered, `invalidArgument` for a bad value.
    init(_ options: StatementOptions) throws {
        var texts: [(String, OptionValue)] = []
        for entry in options.entries { texts.append((entry.name.uppercased(), entry.value)) }
        let type = texts.last { $0.0 == "TYPE" }?.1.text?.uppercased() ?? "CSV"
        guard let kind = Kind(rawValue: type) else {
            throw RegistryError(
                .unsupported, "The file format type '\(type.prefix(40))' is not supported.",
                hint: "CSV, JSON and PARQUET are.")
        }
        self.kind = kind
        for (name, value) in texts { try set(name, value) }
    }

    private mutating func set(_ name: String, _ value: OptionValue) throws {
        func number() throws -> Int {
            guard let number = Int(value.text ?? ""), number >= 0 else {
                throw RegistryError(.invalidArgument, "The file format option \(name) must be a whole number from 0.")
            }
            return number
        }
        func character() -> Character? {
            let text = FileFormat.unescaped(value.text ?? "")
            return text.isEmpty || text.uppercased() == "NONE" ? nil : text.first
        }
        switch name {
        case "TYPE": break
        case "FIELD_DELIMITER":
            let text = FileFormat.unescaped(value.text ?? "")
            fieldDelimiter = text.uppercased() == "NONE" ? "\u{1}" : text
        case "SKIP_HEADER": skipHeader = try number()
        case "PARSE_HEADER": parsesHeader = value.boolean ?? false
        case "FIELD_OPTIONALLY_ENCLOSED_BY": enclosedBy = character()
        case "ESCAPE", "ESCAPE_UNENCLOSED_FIELD": escape = name == "ESCAPE" ? character() : escape
        case "NULL_IF": nullTexts = value.texts
        case "EMPTY_FIELD_AS_NULL": emptyFieldAsNull = value.boolean ?? true
        case "TRIM_SPACE": trimsSpace = value.boolean ?? false
        case "COMPRESSION": compression = value.text?.uppercased() ?? "AUTO"
        case "STRIP_OUTER_ARRAY": stripsOuterArray = value.boolean ?? false
        // They say how values are read that DuckDB reads right by itself, or what fails as it does by default.
        case "BINARY_AS_TEXT", "USE_LOGICAL_TYPE", "USE_VECTORIZED_SCANNER", "SNAPPY_COMPRESSION", "RECORD_DELIMITER",
            "ERROR_ON_COLUMN_COUNT_MISMATCH", "REPLACE_INVALID_CHARACTERS", "DATE_FORMAT", "TIME_FORMAT",
            "TIMESTAMP_FORMAT", "BINARY_FORMAT", "ENCODING", "ALLOW_DUPLICATE", "STRIP_NULL_VALUES", "SKIP_BLANK_LINES",
            "ENABLE_OCTAL", "IGNORE_UTF8_ERRORS", "SKIP_BYTE_ORDER_MARK", "MULTI_LINE", "FILE_EXTENSION":
            break
        default:
            throw RegistryError(
                .unsupported, "The file format option \(name) is not supported.",
                hint: RegistryError.nearMiss(
                    name,
                    [
                        "TYPE", "FIELD_DELIMITER", "SKIP_HEADER", "PARSE_HEADER", "FIELD_OPTIONALLY_ENCLOSED_BY",
                        "NULL_IF", "COMPRESSION",
                    ]))
        }
    }

    private static func unescaped(_ text: String) -> String {
        switch text {
        case "\\t": "\t"
        case "\\n": "\n"
        case "0x01", "\\x01": "\u{1}"
        default: text
        }
    }

    /// Options as the catalog keeps them: a JSON object of texts and lists.
    static func encode(_ options: StatementOptions) -> String {
        SyntaxNode.object(
            options.entries.map { entry in
                let value: SyntaxNode =
                    if case .list = entry.value {
                        .array(entry.value.texts.map { .string($0) })
                    } else {
                        .string(entry.value.text ?? "")
                    }
                return .init(key: entry.name.uppercased(), value: value)
            }
        ).json
    }

    /// Options from the catalog.
    init(stored json: String) throws {
        let node = try SyntaxNode(parsing: json.utf8)
        guard case .object(let members) = node else {
            throw RegistryError(.corrupt, "A stored file format is damaged.")
        }
        let type = node.name("TYPE").uppercased()
        kind = Kind(rawValue: type) ?? .csv
        for member in members {
            if let text = member.value.text {
                try set(member.key, .string(text))
            } else {
                try set(member.key, .list(member.value.elements.compactMap(\.text).map { .string($0) }))
            }
        }
    }

    /// DuckDB's table function over files, its result one column `$1` (JSON, Parquet) or `$1`, `$2`, … (CSV).
    ///
    /// - Parameters:
    ///   - files: paths of blobs, made by the engine.
    ///   - columns: how many columns of CSV are wanted at least.
    func reader(_ files: [String], columns: Int) -> String {
        let list = "[" + files.map(BindingLiteral.quote).joined(separator: ", ") + "]"
        switch kind {
        case .parquet: return "SELECT roost_row AS \"$1\" FROM read_parquet(\(list), union_by_name = true) roost_row"
        case .json:
            let format = stripsOuterArray ? "array" : "auto"
            return
                "SELECT json AS \"$1\" FROM read_json_objects(\(list), format = '\(format)', compression = '\(duckCompression)', maximum_object_size = 134217728)"
        case .csv:
            let names = (1...max(1, columns)).map { "'$\($0)': 'VARCHAR'" }.joined(separator: ", ")
            return
                "SELECT * FROM read_csv(\(list), \(csvOptions), columns = {\(names)}, null_padding = true, header = false, skip = \(skip))"
        }
    }

    private var skip: Int { parsesHeader ? 1 : skipHeader }

    var duckCompression: String {
        switch compression {
        case "GZIP": "gzip"
        case "ZSTD": "zstd"
        case "NONE": "none"
        default: kind == .json ? "auto_detect" : "auto"
        }
    }

    /// The options of DuckDB's CSV reader that say how fields are told apart.
    var csvOptions: String {
        let nulls = nullTexts + (emptyFieldAsNull ? [""] : [])
        return "auto_detect = false, nullstr = [\(nulls.map(BindingLiteral.quote).joined(separator: ", "))], "
            + csvDialect
    }

    /// Those of them that say how a line falls into fields.
    var csvDialect: String {
        [
            "delim = \(BindingLiteral.quote(fieldDelimiter))",
            "quote = \(BindingLiteral.quote(enclosedBy.map(String.init) ?? ""))",
            "escape = \(BindingLiteral.quote(escape.map(String.init) ?? enclosedBy.map(String.init) ?? ""))",
            "compression = '\(duckCompression)'",
        ].joined(separator: ", ")
    }
}
