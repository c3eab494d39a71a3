import SnowflakeSQL
import Types

/// How DuckDB reads the files.
extension FileFormat {
    /// What a reader of CSV does with a line that does not fit.
    enum Misfits: Sendable {
        /// Missing fields are NULL; more fields than columns are an error.
        case padded
        /// Fewer or more fields than columns are an error.
        case refused
    }

    /// Where a reader notes the lines that it can't read, instead of stopping at the first: the names of two temporary
    /// tables, which it makes.
    struct Rejects: Sendable {
        let table: String
        let scans: String
    }

    /// DuckDB's query over files, its result one column `$1` (JSON, Parquet) or `$1`, `$2`, … (CSV).
    ///
    /// - Parameters:
    ///   - files: paths of blobs, made by the engine.
    ///   - columns: CSV: how many columns there are.
    func reader(_ files: [String], columns: Int, misfits: Misfits = .padded, rejects: Rejects? = nil) -> String {
        let list = FileFormat.list(files)
        switch kind {
        case .parquet: return "SELECT roost_row AS \"$1\" FROM \(parquet(list)) roost_row"
        case .json:
            return
                "SELECT json AS \"$1\" FROM read_json_objects(\(list), \(jsonOptions), maximum_object_size = 134217728)"
        case .csv:
            let names = (1...max(1, columns)).map { "\"$\($0)\"" }
            let types = (1...max(1, columns)).map { "'$\($0)': 'VARCHAR'" }.joined(separator: ", ")
            var options = "\(csvOptions), columns = {\(types)}, header = false, skip = \(skippedLines)"
            switch misfits {
            // In parallel, DuckDB can't pad lines of files whose fields hold line breaks.
            case .padded: options += ", null_padding = true, parallel = false"
            case .refused: options += ", null_padding = false"
            }
            if let rejects {
                options += ", store_rejects = true, rejects_table = \(BindingLiteral.quote(rejects.table))"
                options += ", rejects_scan = \(BindingLiteral.quote(rejects.scans))"
            }
            let items = isReadAsItIs ? "*" : names.map(field).joined(separator: ", ")
            return "SELECT \(items) FROM read_csv(\(list), \(options))"
        }
    }

    /// DuckDB's table function over files, its columns those that the files name: the fields of Parquet rows and of
    /// JSON objects.
    func namedReader(_ files: [String]) -> String {
        let list = FileFormat.list(files)
        switch kind {
        case .parquet: return parquet(list)
        case .json:
            // All values are looked at: a field that a sample misses would be left out.
            return "read_json_auto(\(list), \(jsonOptions), maximum_object_size = 134217728, sample_size = -1)"
        case .csv:
            return "read_csv(\(list), \(csvDialect), \(nullOption), header = \(parsesHeader), skip = \(skipHeader))"
        }
    }

    /// How many lines come before the first row.
    var skippedLines: Int { parsesHeader ? 1 : skipHeader }

    /// The options of DuckDB's CSV reader that say how a line falls into fields.
    var csvDialect: String {
        [
            "delim = \(BindingLiteral.quote(fieldDelimiter))",
            "quote = \(BindingLiteral.quote(enclosedBy.map(String.init) ?? ""))",
            "escape = \(BindingLiteral.quote((escape ?? enclosedBy).map(String.init) ?? ""))",
            "compression = '\(duckCompression)'",
        ].joined(separator: ", ")
    }

    /// The same format for files whose names tell how they are compressed.
    ///
    /// - Throws: `unsupported` where the names tell different things: DuckDB takes one compression for all.
    func resolved(for names: [String]) throws -> FileFormat {
        guard compression == "AUTO", kind != .parquet else { return self }
        let found = Set(
            names.map { name -> String in
                let name = name.lowercased()
                return name.hasSuffix(".gz") ? "GZIP" : name.hasSuffix(".zst") ? "ZSTD" : "NONE"
            })
        guard found.count <= 1 else {
            throw RegistryError(
                .unsupported, "Some of the files are compressed and some are not: they can't be read together.",
                hint: "Choose among them with PATTERN.")
        }
        var format = self
        format.compression = found.first ?? "NONE"
        return format
    }

    private static func list(_ files: [String]) -> String {
        "[" + files.map(BindingLiteral.quote).joined(separator: ", ") + "]"
    }

    private func parquet(_ list: String) -> String {
        "read_parquet(\(list), union_by_name = true\(binaryAsText ? ", binary_as_string = true" : ""))"
    }

    private var jsonOptions: String {
        let format = stripsOuterArray ? "array" : isMultiLine ? "unstructured" : "newline_delimited"
        return "format = '\(format)', compression = '\(duckCompression)'"
    }

    private var duckCompression: String {
        switch compression {
        case "GZIP": "gzip"
        case "ZSTD": "zstd"
        default: "uncompressed"
        }
    }

    private var csvOptions: String { "auto_detect = false, \(nullOption), \(csvDialect)" }

    /// The texts that stand for NULL.
    private var nulls: [String] { nullTexts + (emptyFieldAsNull ? [""] : []) }

    /// Those of them that DuckDB's reader does not take: they hold a character that has a meaning in lines.
    private var oddNulls: [String] { nulls.filter(holdsMark) }

    private var nullOption: String {
        let plain = nulls.filter { !holdsMark($0) }
        return "nullstr = [\(plain.map(BindingLiteral.quote).joined(separator: ", "))]::VARCHAR[]"
    }

    /// Whether DuckDB's reader gives the fields as they must be.
    private var isReadAsItIs: Bool { !trimsSpace && oddNulls.isEmpty }

    /// A field of DuckDB's reader, under its own name, as it must be.
    private func field(_ name: String) -> String {
        let text = trimsSpace ? "trim(\(name), ' \t')" : name
        let left = trimsSpace ? nulls : oddNulls
        guard !left.isEmpty else { return "\(text) AS \(name)" }
        let list = left.map(BindingLiteral.quote).joined(separator: ", ")
        return "CASE WHEN \(text) IN (\(list)) THEN NULL ELSE \(text) END AS \(name)"
    }

    /// Whether a text holds the delimiter, the quote or the escape character.
    func holdsMark(_ text: String) -> Bool {
        text.contains(fieldDelimiter) || [enclosedBy, escape].compactMap { $0 }.contains { text.contains($0) }
    }
}
