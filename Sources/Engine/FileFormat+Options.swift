import SnowflakeSQL
import Types

extension FileFormat {
    /// The options of Snowflake's file formats, and the types of files here that have each.
    private static let owners: [String: Set<Kind>] = {
        let lists: [(Kind, String)] = [
            (
                .csv,
                """
                BINARY_FORMAT COMPRESSION DATE_FORMAT EMPTY_FIELD_AS_NULL ENCODING ERROR_ON_COLUMN_COUNT_MISMATCH \
                ESCAPE ESCAPE_UNENCLOSED_FIELD FIELD_DELIMITER FIELD_OPTIONALLY_ENCLOSED_BY FILE_EXTENSION MULTI_LINE \
                NULL_IF PARSE_HEADER RECORD_DELIMITER REPLACE_INVALID_CHARACTERS SKIP_BLANK_LINES \
                SKIP_BYTE_ORDER_MARK SKIP_HEADER TIMESTAMP_FORMAT TIME_FORMAT TRIM_SPACE TYPE
                """
            ),
            (
                .json,
                """
                ALLOW_DUPLICATE BINARY_FORMAT COMPRESSION DATE_FORMAT ENABLE_OCTAL FILE_EXTENSION IGNORE_UTF8_ERRORS \
                MULTI_LINE NULL_IF REPLACE_INVALID_CHARACTERS SKIP_BYTE_ORDER_MARK STRIP_NULL_VALUES \
                STRIP_OUTER_ARRAY TIMESTAMP_FORMAT TIME_FORMAT TRIM_SPACE TYPE
                """
            ),
            (
                .parquet,
                """
                BINARY_AS_TEXT COMPRESSION NULL_IF REPLACE_INVALID_CHARACTERS SNAPPY_COMPRESSION TRIM_SPACE TYPE \
                USE_LOGICAL_TYPE USE_VECTORIZED_SCANNER
                """
            ),
        ]
        // These belong to XML alone.
        var owners: [String: Set<Kind>] = [
            "DISABLE_AUTO_CONVERT": [], "DISABLE_SNOWFLAKE_DATA": [], "PRESERVE_SPACE": [], "STRIP_OUTER_ELEMENT": [],
        ]
        for (kind, names) in lists {
            for name in names.split(separator: " ") { owners[String(name), default: []].insert(kind) }
        }
        return owners
    }()

    /// The type of the files, CSV where it is not said.
    static func kind(_ option: OptionReader?) throws -> Kind {
        guard let option else { return .csv }
        let known = Kind.allCases.map(\.rawValue)
        let word = try option.word(known + ["AVRO", "ORC", "XML", "CUSTOM"])
        guard let kind = Kind(rawValue: word) else {
            throw option.unsupported("\(known.joined(separator: ", ")) are.")
        }
        return kind
    }

    /// Takes an option over, or says why not. What is taken without effect changes nothing that is read or written.
    mutating func set(_ option: OptionReader) throws {
        guard let owners = FileFormat.owners[option.name] else {
            throw option.unknown(of: "A file format", FileFormat.owners.filter { $0.value.contains(kind) }.keys)
        }
        guard owners.contains(kind) else {
            throw RegistryError(
                .invalidArgument, "\(option.name) is no option of \(kind.rawValue) files.", position: option.position)
        }
        switch option.name {
        case "TYPE": break
        case "COMPRESSION": compression = try offeredCompression(option)
        case "SNAPPY_COMPRESSION": compression = try option.boolean() ? "SNAPPY" : "NONE"
        case "FILE_EXTENSION": fileExtension = try FileFormat.fileExtension(option)
        case "BINARY_FORMAT":
            let word = try option.word(BinaryFormat.allCases.map(\.rawValue))
            binaryFormat = BinaryFormat(rawValue: word) ?? .hex
            guard kind == .csv || binaryFormat == .hex else {
                throw option.unsupported("Convert it in the query of COPY INTO: TO_BINARY($1:name, 'BASE64').")
            }
        case "DATE_FORMAT", "TIME_FORMAT", "TIMESTAMP_FORMAT":
            guard try option.text().uppercased() == "AUTO" else {
                let function = "TO_\(option.name.prefix { $0 != "_" })"
                throw option.unsupported(
                    "Convert it in the query of COPY INTO: … FROM (SELECT \(function)($1, 'format') FROM @stage).")
            }
        case "REPLACE_INVALID_CHARACTERS", "IGNORE_UTF8_ERRORS":
            guard try !option.boolean() else { throw option.unsupported("Make the file UTF-8 before it is uploaded.") }
        case "SKIP_BYTE_ORDER_MARK":
            guard try option.boolean() else { throw option.unsupported("A byte order mark is always skipped.") }
        default:
            switch kind {
            case .csv: try setCSV(option)
            case .json: try setJSON(option)
            case .parquet: try setParquet(option)
            }
        }
    }

    private mutating func setCSV(_ option: OptionReader) throws {
        switch option.name {
        case "FIELD_DELIMITER": fieldDelimiter = try FileFormat.fieldDelimiter(option)
        case "RECORD_DELIMITER":
            recordDelimiter = FileFormat.unescaped(try option.text())
            guard ["\n", "\r\n", "\r"].contains(recordDelimiter) else {
                throw option.unsupported("Lines must end with '\\n', '\\r\\n' or '\\r'.")
            }
        case "SKIP_HEADER": skipHeader = try option.number(0...1_000_000)
        case "PARSE_HEADER": parsesHeader = try option.boolean()
        case "SKIP_BLANK_LINES":
            skipsBlankLines = try option.boolean()
            guard skipsBlankLines else {
                throw option.unsupported("Blank lines of files with several fields a line are always skipped.")
            }
        case "MULTI_LINE":
            guard try option.boolean() else { throw option.unsupported("An enclosed field may hold line breaks.") }
        case "FIELD_OPTIONALLY_ENCLOSED_BY":
            enclosedBy = try FileFormat.character(option, "a single quote, a double quote or NONE") {
                $0 == "'" || $0 == "\""
            }
        case "ESCAPE": escape = try FileFormat.character(option, "one ASCII character or NONE") { $0.isASCII }
        case "ESCAPE_UNENCLOSED_FIELD":
            guard try FileFormat.character(option, "one character or NONE", { _ in true }) == nil else {
                throw option.unsupported("Only NONE is: enclose such fields, with FIELD_OPTIONALLY_ENCLOSED_BY.")
            }
        case "NULL_IF": nullTexts = try option.texts()
        case "EMPTY_FIELD_AS_NULL": emptyFieldAsNull = try option.boolean()
        case "TRIM_SPACE": trimsSpace = try option.boolean()
        case "ERROR_ON_COLUMN_COUNT_MISMATCH": refusesOtherWidths = try option.boolean()
        case "ENCODING":
            guard ["UTF8", "UTF-8"].contains(try option.text().uppercased()) else {
                throw option.unsupported("Make the file UTF-8 before it is uploaded.")
            }
        default: throw RegistryError(.internal, "An option of CSV files is not read: \(option.name).")
        }
    }

    private mutating func setJSON(_ option: OptionReader) throws {
        switch option.name {
        case "STRIP_OUTER_ARRAY": stripsOuterArray = try option.boolean()
        case "MULTI_LINE": isMultiLine = try option.boolean()
        case "ALLOW_DUPLICATE", "ENABLE_OCTAL", "STRIP_NULL_VALUES":
            guard try !option.boolean() else { throw option.unsupported("Values are taken as they are.") }
        default: try setSemiStructured(option)
        }
    }

    private mutating func setParquet(_ option: OptionReader) throws {
        switch option.name {
        case "BINARY_AS_TEXT": binaryAsText = try option.boolean()
        // The reader is one and the same, and it knows the logical types.
        case "USE_LOGICAL_TYPE", "USE_VECTORIZED_SCANNER": _ = try option.boolean()
        default: try setSemiStructured(option)
        }
    }

    private func setSemiStructured(_ option: OptionReader) throws {
        switch option.name {
        case "NULL_IF":
            guard try option.texts().isEmpty else {
                throw option.unsupported("Write it in the query of COPY INTO: NULLIF($1:name::VARCHAR, 'text').")
            }
        case "TRIM_SPACE":
            guard try !option.boolean() else {
                throw option.unsupported("Write it in the query of COPY INTO: TRIM($1:name::VARCHAR).")
            }
        default:
            throw RegistryError(.internal, "An option of \(kind.rawValue) files is not read: \(option.name).")
        }
    }

    /// Options that do not go together.
    func check(_ options: [OptionReader]) throws {
        func position(_ name: String) -> RegistryError.Position? { options.last { $0.name == name }?.position }
        if parsesHeader, skipHeader > 0 {
            throw RegistryError(
                .invalidArgument, "PARSE_HEADER = TRUE and SKIP_HEADER exclude each other.",
                hint: "PARSE_HEADER takes the first line for the columns' names, and does not load it.",
                position: position("SKIP_HEADER"))
        }
        if escape != nil, enclosedBy == nil {
            throw RegistryError(
                .unsupported, "ESCAPE without FIELD_OPTIONALLY_ENCLOSED_BY is not supported.",
                hint: "An escape character counts in enclosed fields.", position: position("ESCAPE"))
        }
    }

    // MARK: Values

    private func offeredCompression(_ option: OptionReader) throws -> String {
        // Clients name GZIP for Parquet files, whose pages say themselves how they are compressed.
        let offered = kind == .parquet ? ["AUTO", "SNAPPY", "GZIP", "NONE"] : ["AUTO", "GZIP", "ZSTD", "NONE"]
        let others = kind == .parquet ? ["LZO"] : ["BZ2", "BROTLI", "DEFLATE", "RAW_DEFLATE"]
        let word = try option.word(offered + others)
        guard offered.contains(word) else { throw option.unsupported("\(offered.joined(separator: ", ")) are.") }
        return word
    }

    private static func fieldDelimiter(_ option: OptionReader) throws -> String {
        let text = unescaped(try option.text())
        // With a character that no text holds, every line is one field.
        if text.uppercased() == "NONE" { return "\u{1}" }
        guard !text.isEmpty, !text.contains(where: \.isNewline) else {
            throw option.bad("a string without line breaks, or NONE")
        }
        guard text.utf8.count <= 4 else { throw option.unsupported("A delimiter has at most 4 bytes.") }
        return text
    }

    private static func fileExtension(_ option: OptionReader) throws -> String? {
        let text = try option.text()
        guard !text.isEmpty else { return nil }
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isPlain, text.utf8.count <= 40 else {
            throw option.bad("at most 40 letters, digits, points, underscores and hyphens")
        }
        return text.hasPrefix(".") ? text : ".\(text)"
    }

    /// The option's one character, nil for NONE and for an empty text.
    private static func character(
        _ option: OptionReader, _ expected: String, _ isAllowed: (Character) -> Bool
    ) throws -> Character? {
        let text = unescaped(try option.text())
        if text.isEmpty || text.uppercased() == "NONE" { return nil }
        guard let first = text.first, text.count == 1, isAllowed(first) else { throw option.bad(expected) }
        return first
    }

    /// A delimiter as options give it, behind the escapes of string constants: `\t`, `\\`, `\x7C`, `0x7C` and `\174`
    /// are characters.
    static func unescaped(_ text: String) -> String {
        if text.hasPrefix("0x") || text.hasPrefix("0X") { return hexadecimal(text.dropFirst(2)) ?? text }
        guard text.hasPrefix("\\"), text.count > 1 else { return text }
        let rest = text.dropFirst()
        switch rest {
        case "t": return "\t"
        case "n": return "\n"
        case "r": return "\r"
        case "r\\n": return "\r\n"
        case "\\": return "\\"
        default: break
        }
        if rest.hasPrefix("x") { return hexadecimal(rest.dropFirst()) ?? text }
        if rest.utf8.count == 3, let code = UInt8(rest, radix: 8), code != 0 { return String(UnicodeScalar(code)) }
        return text
    }

    /// The text of bytes in hexadecimal; nil where they are none, or one is zero.
    private static func hexadecimal(_ digits: Substring) -> String? {
        guard !digits.isEmpty, digits.utf8.count.isMultiple(of: 2), digits.utf8.count <= 40 else { return nil }
        var bytes: [UInt8] = []
        var rest = digits
        while !rest.isEmpty {
            guard let byte = UInt8(rest.prefix(2), radix: 16), byte != 0 else { return nil }
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
