import DuckDB
import SnowflakeSQL
import Types

/// How DuckDB writes the files.
extension FileFormat {
    /// - Throws: `unsupported` for what can be read but not written.
    func requireWritable() throws {
        guard kind == .csv else { return }
        guard fieldDelimiter.utf8.count == 1 else {
            throw RegistryError(
                .unsupported, "COPY INTO a stage writes delimiters of one ASCII character only.",
                hint: "Choose another FIELD_DELIMITER.")
        }
        guard recordDelimiter == "\n" else {
            throw RegistryError(
                .unsupported, "COPY INTO a stage ends lines with a line feed only.",
                hint: "Leave RECORD_DELIMITER out.")
        }
        if let text = nullTexts.first, holdsMark(text) {
            throw RegistryError(
                .unsupported, "The text for NULL must not hold the delimiter, the quote or the escape character.",
                hint: "Choose another NULL_IF.")
        }
    }

    /// The end of a file's name.
    var suffix: String {
        if let fileExtension { return fileExtension }
        switch kind {
        case .parquet:
            switch compression {
            case "NONE": return ".parquet"
            case "GZIP": return ".gz.parquet"
            default: return ".snappy.parquet"
            }
        case .csv, .json:
            let plain = kind == .csv ? ".csv" : ".json"
            switch compression {
            case "NONE": return plain
            case "ZSTD": return plain + ".zst"
            default: return plain + ".gz"
            }
        }
    }

    /// A column's value in the form in which DuckDB writes it right.
    func written(_ value: String, _ type: LogicalType) -> String {
        switch (kind, type) {
        // Parquet has no integers of 128 bits: DuckDB would write them as DOUBLE and lose digits.
        case (.parquet, .hugeint): "CAST(\(value) AS DECIMAL(38,0))"
        case (.csv, .blob):
            switch binaryFormat {
            case .hex: "hex(\(value))"
            case .base64: "to_base64(\(value))"
            case .utf8: "decode(\(value))"
            }
        default: value
        }
    }

    /// The options of DuckDB's COPY … TO.
    ///
    /// - Parameters:
    ///   - header: CSV: whether the first line holds the columns' names.
    ///   - wholeRows: JSON: whether the rows are texts of JSON already.
    func writerOptions(header: Bool, wholeRows: Bool) -> String {
        if wholeRows {
            // Bare lines of text: no quotes, and a delimiter that JSON text can't hold.
            return "FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\u{1}', COMPRESSION \(writtenCompression)"
        }
        switch kind {
        case .parquet: return "FORMAT parquet, COMPRESSION \(writtenCompression)"
        case .json: return "FORMAT json, COMPRESSION \(writtenCompression)"
        case .csv:
            let quote = String(enclosedBy ?? "\"")
            return "FORMAT csv, HEADER \(header), DELIMITER \(BindingLiteral.quote(fieldDelimiter)), "
                + "QUOTE \(BindingLiteral.quote(quote)), "
                + "ESCAPE \(BindingLiteral.quote(escape.map(String.init) ?? quote)), "
                + "NULLSTR \(BindingLiteral.quote(nullTexts.first ?? "")), COMPRESSION \(writtenCompression)"
        }
    }

    private var writtenCompression: String {
        switch (kind, compression) {
        case (.parquet, "NONE"): "uncompressed"
        case (.parquet, "GZIP"): "gzip"
        case (.parquet, _): "snappy"
        case (_, "NONE"): "none"
        case (_, "ZSTD"): "zstd"
        default: "gzip"
        }
    }
}
