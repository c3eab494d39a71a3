import SnowflakeSQL
import Types

/// The options of COPY INTO a table, FILES, PATTERN and FILE_FORMAT apart.
///
/// Source: https://docs.snowflake.com/en/sql-reference/sql/copy-into-table
struct LoadOptions: Sendable {
    /// What happens to rows that can't be loaded.
    enum OnError: Hashable, Sendable {
        /// The statement fails.
        case abort
        /// They are left out.
        case leaveOut
        /// A file with as many of them is left out.
        case skipFile(errors: Int)
        /// A file with a greater share of them is left out.
        case skipFileOver(percent: Int)
    }

    /// How the fields of a file find their columns.
    enum NameMatch: Hashable, Sendable { case none, caseSensitive, caseInsensitive }

    var onError = OnError.abort
    var match = NameMatch.none
    var purges = false
    var returnsFailedOnly = false
    /// The bytes of files after which no further one is loaded.
    var sizeLimit: Int?
    /// Whether a text that is too long for its column is cut off instead of refused.
    var cutsTexts = false
    /// The option that said what happens to errors, nil where none did.
    private(set) var errorOption: OptionReader?
    private(set) var matchOption: OptionReader?

    private static let names = [
        "CLUSTER_AT_INGEST_TIME", "CREDENTIALS", "ENCRYPTION", "ENFORCE_LENGTH", "FILES", "FILE_FORMAT",
        "FILE_PROCESSOR", "FORCE", "INCLUDE_METADATA", "LOAD_MODE", "LOAD_UNCERTAIN_FILES", "MATCH_BY_COLUMN_NAME",
        "ON_ERROR", "PATTERN", "PURGE", "RETURN_FAILED_ONLY", "SIZE_LIMIT", "STORAGE_INTEGRATION", "TRUNCATECOLUMNS",
        "VALIDATION_MODE",
    ]

    /// - Throws: `syntax` for an option that Snowflake does not have, `unsupported` for one that is not offered,
    ///   `invalidArgument` for a bad value.
    init(_ options: [OptionReader]) throws {
        for option in options { try set(option) }
    }

    private mutating func set(_ option: OptionReader) throws {
        switch option.name {
        case "ON_ERROR":
            onError = try OnError(option)
            errorOption = option
        case "MATCH_BY_COLUMN_NAME":
            matchOption = option
            switch try option.word(["CASE_SENSITIVE", "CASE_INSENSITIVE", "NONE"]) {
            case "CASE_SENSITIVE": match = .caseSensitive
            case "CASE_INSENSITIVE": match = .caseInsensitive
            default: match = .none
            }
        case "PURGE": purges = try option.boolean()
        case "RETURN_FAILED_ONLY": returnsFailedOnly = try option.boolean()
        case "SIZE_LIMIT": sizeLimit = try option.number(1...Int.max)
        case "ENFORCE_LENGTH", "TRUNCATECOLUMNS":
            let flag = try option.boolean()
            cutsTexts = option.name == "TRUNCATECOLUMNS" ? flag : !flag
        case "FORCE":
            guard try option.boolean() else {
                throw option.unsupported("No load history is kept: files are loaded again. Leave the option out.")
            }
        // No file is uncertain where no history is kept, and how rows are clustered changes no result.
        case "LOAD_UNCERTAIN_FILES", "CLUSTER_AT_INGEST_TIME": _ = try option.boolean()
        case "LOAD_MODE":
            guard try option.word(["FULL_INGEST", "ADD_FILES_COPY"]) == "FULL_INGEST" else {
                throw option.unsupported("There are no Iceberg tables.")
            }
        case "VALIDATION_MODE":
            throw option.unsupported(
                "Query the files (SELECT $1, … FROM @stage), or load them into a temporary table first.")
        case "INCLUDE_METADATA": throw option.unsupported("Files have no METADATA$ columns here.")
        case "FILE_PROCESSOR": throw option.unsupported("CSV, JSON and PARQUET files are read.")
        case "STORAGE_INTEGRATION", "CREDENTIALS", "ENCRYPTION":
            throw option.unsupported("There are no external locations: PUT the files into a stage.")
        default: throw option.unknown(of: "COPY INTO a table", LoadOptions.names)
        }
    }
}

extension LoadOptions.OnError {
    fileprivate init(_ option: OptionReader) throws {
        let text = try option.text().uppercased()
        switch text {
        case "ABORT_STATEMENT": self = .abort
        case "CONTINUE": self = .leaveOut
        case "SKIP_FILE": self = .skipFile(errors: 1)
        default:
            guard let found = text.wholeMatch(of: /SKIP_FILE_([0-9]{1,9})(%?)/), let number = Int(found.1),
                found.2.isEmpty ? number > 0 : number <= 100
            else {
                throw option.bad("ABORT_STATEMENT, CONTINUE, SKIP_FILE, SKIP_FILE_<number> or 'SKIP_FILE_<number>%'")
            }
            self = found.2.isEmpty ? .skipFile(errors: number) : .skipFileOver(percent: number)
        }
    }

    /// Whether a file with these errors is left out.
    func skips(errors: Int, of rows: Int) -> Bool {
        switch self {
        case .abort, .leaveOut: false
        case .skipFile(let most): errors >= most
        // A share of zero rows is none.
        case .skipFileOver(let percent): Double(errors) * 100 > Double(rows) * Double(percent)
        }
    }

    /// The number of errors at which a file is given up, as the answer shows it.
    func limit(of rows: Int) -> Int {
        switch self {
        case .abort: 1
        case .leaveOut: max(rows, 1)
        case .skipFile(let most): most
        case .skipFileOver(let percent): Int((Double(rows) * Double(percent) / 100).rounded(.down)) + 1
        }
    }
}

/// The options of COPY INTO a stage, PARTITION BY and FILE_FORMAT apart.
///
/// Source: https://docs.snowflake.com/en/sql-reference/sql/copy-into-location
struct UnloadOptions: Sendable {
    var overwrites = false
    /// Whether the one file has the name that is given, without a number.
    var isSingle = false
    /// CSV: whether the first line holds the columns' names. Parquet: whether the columns keep their names.
    var hasHeader = false
    var namesQuery = false
    /// Whether the answer tells each file.
    var isDetailed = false
    /// Whether the rows are the answer, and no file is written.
    var onlyReturnsRows = false
    /// The bytes that a file may have, nil where nothing was said.
    private(set) var maximumFileSize: Int?
    private(set) var sizeOption: OptionReader?

    private static let names = [
        "CREDENTIALS", "DETAILED_OUTPUT", "ENCRYPTION", "FILE_FORMAT", "HEADER", "INCLUDE_QUERY_ID", "MAX_FILE_SIZE",
        "OVERWRITE", "PARTITION BY", "SINGLE", "STORAGE_INTEGRATION", "VALIDATION_MODE",
    ]

    /// - Throws: as ``LoadOptions/init(_:)``.
    init(_ options: [OptionReader]) throws {
        for option in options { try set(option) }
        if namesQuery, isSingle || overwrites {
            throw RegistryError(
                .invalidArgument,
                "INCLUDE_QUERY_ID = TRUE and \(isSingle ? "SINGLE" : "OVERWRITE") = TRUE exclude each other.",
                position: options.last { $0.name == "INCLUDE_QUERY_ID" }?.position)
        }
    }

    private mutating func set(_ option: OptionReader) throws {
        switch option.name {
        case "OVERWRITE": overwrites = try option.boolean()
        case "SINGLE": isSingle = try option.boolean()
        case "HEADER": hasHeader = try option.boolean()
        case "INCLUDE_QUERY_ID": namesQuery = try option.boolean()
        case "DETAILED_OUTPUT": isDetailed = try option.boolean()
        case "MAX_FILE_SIZE":
            maximumFileSize = try option.number(1...5_368_709_120)
            sizeOption = option
        case "VALIDATION_MODE": onlyReturnsRows = try option.word(["RETURN_ROWS"]) == "RETURN_ROWS"
        case "STORAGE_INTEGRATION", "CREDENTIALS", "ENCRYPTION":
            throw option.unsupported("There are no external locations: unload into a stage, and GET the files.")
        default: throw option.unknown(of: "COPY INTO a stage", UnloadOptions.names)
        }
    }
}
