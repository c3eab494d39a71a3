import Types

/// The options of a PUT or GET statement, with Snowflake's defaults.
///
/// Source: https://docs.snowflake.com/en/sql-reference/sql/put#optional-parameters
package struct TransferOptions: Hashable, Sendable {
    /// Threads of the client, in 1...99. Default 4 for PUT, 10 for GET.
    package let parallel: Int
    /// Whether the client compresses with gzip before it sends. Default true.
    package let autoCompress: Bool
    /// Whether a file of the same name is replaced. Default false.
    package let overwrite: Bool
    /// Lower case: `auto_detect` (the default), `gzip`, `none`, ….
    package let sourceCompression: String

    private static let names: Set<String> = ["PARALLEL", "AUTO_COMPRESS", "OVERWRITE", "SOURCE_COMPRESSION"]
    private static let compressions: Set<String> = [
        "auto_detect", "gzip", "bz2", "brotli", "zstd", "deflate", "raw_deflate", "none",
    ]

    /// - Parameters:
    ///   - options: values as written, quoted or not, by name in any case.
    ///   - operation: of the statement: PUT or GET.
    /// - Throws: `invalidArgument` for an unknown option or a value out of its range.
    package init(_ options: [String: String] = [:], for operation: TransferOperation) throws {
        var values: [String: String] = [:]
        for (name, value) in options {
            let name = name.uppercased()
            guard Self.names.contains(name) else {
                throw RegistryError(
                    .invalidArgument, "\(operation.rawValue) has no option '\(name)'.",
                    hint: RegistryError.nearMiss(name, Self.names.sorted()))
            }
            values[name] = value.trimmingQuotes()
        }
        parallel = try values["PARALLEL"].map { try Self.number($0) } ?? (operation == .put ? 4 : 10)
        autoCompress = try values["AUTO_COMPRESS"].map { try Self.boolean("AUTO_COMPRESS", $0) } ?? true
        overwrite = try values["OVERWRITE"].map { try Self.boolean("OVERWRITE", $0) } ?? false
        sourceCompression = values["SOURCE_COMPRESSION"]?.lowercased() ?? "auto_detect"
        guard Self.compressions.contains(sourceCompression) else {
            throw RegistryError(
                .invalidArgument, "SOURCE_COMPRESSION can't be '\(sourceCompression)'.",
                hint: "It is one of \(Self.compressions.sorted().joined(separator: ", ")).")
        }
    }

    private static func number(_ text: String) throws -> Int {
        guard let number = Int(text), (1...99).contains(number) else {
            throw RegistryError(.invalidArgument, "PARALLEL is a number in 1...99.")
        }
        return number
    }

    private static func boolean(_ name: String, _ text: String) throws -> Bool {
        switch text.uppercased() {
        case "TRUE", "ON", "YES", "1": return true
        case "FALSE", "OFF", "NO", "0": return false
        default: throw RegistryError(.invalidArgument, "\(name) is TRUE or FALSE.")
        }
    }
}

extension String {
    fileprivate func trimmingQuotes() -> String {
        for quote in ["'", "\""] where count >= 2 && hasPrefix(quote) && hasSuffix(quote) {
            return String(dropFirst().dropLast())
        }
        return self
    }
}
