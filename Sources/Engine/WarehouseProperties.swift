import Foundation
import SnowflakeSQL
import Store
import Types

/// The sizes of warehouses, each twice the one before.
enum WarehouseSize: Int, CaseIterable {
    case xSmall, small, medium, large, xLarge, xxLarge, xxxLarge, x4Large, x5Large, x6Large

    /// As SHOW WAREHOUSES writes it.
    var name: String {
        switch self {
        case .xSmall: "X-Small"
        case .small: "Small"
        case .medium: "Medium"
        case .large: "Large"
        case .xLarge: "X-Large"
        case .xxLarge: "2X-Large"
        case .xxxLarge: "3X-Large"
        case .x4Large: "4X-Large"
        case .x5Large: "5X-Large"
        case .x6Large: "6X-Large"
        }
    }

    /// How many times the workers of the smallest.
    var factor: Int { 1 << rawValue }

    /// Reads `XSMALL`, `'X-SMALL'`, `XXLARGE`, `X2LARGE`, `'2X-LARGE'`, ….
    init?(parsing text: String) {
        let plain = text.uppercased().filter { $0 != "-" }
        let other = ["XXLARGE": "2XLARGE", "XXXLARGE": "3XLARGE"][plain]
        let turned = plain.hasPrefix("X") && plain.dropFirst().first?.isNumber == true
            ? "\(plain.dropFirst().prefix(1))X\(plain.dropFirst(2))" : nil
        let wanted = other ?? turned ?? plain
        guard let size = Self.allCases.first(where: { $0.name.uppercased().filter { $0 != "-" } == wanted }) else {
            return nil
        }
        self = size
    }
}

/// What CREATE and ALTER WAREHOUSE say of a warehouse, and the catalog keeps.
struct WarehouseProperties {
    var size: WarehouseSize
    /// Texts by the names of the statement; those that are not given have their defaults.
    private var options: [String: String]

    /// Defaults of what is shown. Source: https://docs.snowflake.com/en/sql-reference/sql/create-warehouse
    private static let defaults = [
        "WAREHOUSE_TYPE": "STANDARD", "AUTO_SUSPEND": "600", "AUTO_RESUME": "true", "MIN_CLUSTER_COUNT": "1",
        "MAX_CLUSTER_COUNT": "1", "SCALING_POLICY": "STANDARD", "ENABLE_QUERY_ACCELERATION": "false",
        "QUERY_ACCELERATION_MAX_SCALE_FACTOR": "8", "MAX_CONCURRENCY_LEVEL": "8",
        "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS": "0", "STATEMENT_TIMEOUT_IN_SECONDS": "172800",
        "RESOURCE_CONSTRAINT": "", "GENERATION": "1", "RESOURCE_MONITOR": "null",
    ]

    /// - Throws: `corrupt` for a row that no warehouse of this server has.
    init(_ record: WarehouseRecord) throws {
        guard let size = WarehouseSize(parsing: record.size) else {
            throw RegistryError(.corrupt, "The catalog holds a warehouse of the unknown size '\(record.size)'.")
        }
        self.size = size
        do { options = try JSONDecoder().decode([String: String].self, from: Data(record.options.utf8)) } catch {
            throw RegistryError(.corrupt, "The catalog's properties of a warehouse are damaged.", cause: error)
        }
        for name in ["WAREHOUSE_SIZE", "INITIALLY_SUSPENDED", "WAIT_FOR_COMPLETION"] { options[name] = nil }
    }

    subscript(name: String) -> String { options[name] ?? Self.defaults[name] ?? "" }

    /// Seconds without use after which it is suspended; nil for never.
    var autoSuspend: Int? { Int(self["AUTO_SUSPEND"]).flatMap { $0 > 0 ? $0 : nil } }
    var autoResume: Bool { self["AUTO_RESUME"] == "true" }
    var minimumClusters: Int { Int(self["MIN_CLUSTER_COUNT"]) ?? 1 }
    var maximumClusters: Int { Int(self["MAX_CLUSTER_COUNT"]) ?? 1 }

    /// - Throws: `syntax` for a property that Snowflake does not have, `invalidArgument` for a bad value.
    mutating func set(_ entry: StatementOptions.Entry) throws {
        let name = entry.name.uppercased()
        let text = entry.value.text ?? ""
        func wrong(_ wanted: String) -> RegistryError {
            RegistryError(
                .invalidArgument, "\(name) takes \(wanted), not '\(text.prefix(60))'.", position: entry.position)
        }
        func number(_ range: ClosedRange<Int>) throws -> String {
            guard let value = Int(text), range.contains(value) else { throw wrong("a number in \(range)") }
            return "\(value)"
        }
        func choice(_ words: String...) throws -> String {
            guard words.contains(text.uppercased()) else { throw wrong(words.joined(separator: " or ")) }
            return text.uppercased()
        }
        switch name {
        case "WAREHOUSE_SIZE":
            guard let size = WarehouseSize(parsing: text) else {
                throw wrong(WarehouseSize.allCases.map { "'\($0.name)'" }.joined(separator: ", "))
            }
            self.size = size
        case "AUTO_SUSPEND": options[name] = text.uppercased() == "NULL" ? "0" : try number(0...2_147_483_647)
        case "AUTO_RESUME", "ENABLE_QUERY_ACCELERATION":
            guard let value = entry.value.boolean else { throw wrong("TRUE or FALSE") }
            options[name] = "\(value)"
        case "MIN_CLUSTER_COUNT", "MAX_CLUSTER_COUNT": options[name] = try number(1...300)
        case "SCALING_POLICY": options[name] = try choice("STANDARD", "ECONOMY")
        case "WAREHOUSE_TYPE": options[name] = try choice("STANDARD", "SNOWPARK-OPTIMIZED")
        case "QUERY_ACCELERATION_MAX_SCALE_FACTOR": options[name] = try number(0...100)
        case "MAX_CONCURRENCY_LEVEL": options[name] = try number(1...1000)
        case "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS", "STATEMENT_TIMEOUT_IN_SECONDS":
            options[name] = try number(0...2_147_483_647)
        case "RESOURCE_CONSTRAINT", "GENERATION": options[name] = text
        case "RESOURCE_MONITOR":
            guard text.uppercased() == "NULL" else {
                throw RegistryError(
                    .unsupported, "Resource monitors are not supported.", position: entry.position)
            }
        case "WAIT_FOR_COMPLETION", "INITIALLY_SUSPENDED":
            guard entry.value.boolean != nil else { throw wrong("TRUE or FALSE") }
        default:
            throw RegistryError(
                .syntax, "A warehouse has no property \(entry.name).",
                hint: RegistryError.nearMiss(name, Self.defaults.keys + ["WAREHOUSE_SIZE", "INITIALLY_SUSPENDED"]),
                position: entry.position)
        }
    }

    /// - Throws: `invalidArgument` where the least number of clusters is over the greatest.
    func check() throws {
        guard minimumClusters <= maximumClusters else {
            throw RegistryError(
                .invalidArgument,
                "MIN_CLUSTER_COUNT \(minimumClusters) is over MAX_CLUSTER_COUNT \(maximumClusters).")
        }
    }

    /// Gives a property its default again.
    mutating func unset(_ name: String) throws {
        guard Self.defaults[name] != nil else {
            throw RegistryError(.syntax, "A warehouse has no property \(name) that could be unset.")
        }
        options[name] = nil
    }

    /// Writes the properties into the catalog's row.
    func store(in record: inout WarehouseRecord) throws {
        try check()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        record.size = size.name
        record.options = String(decoding: try encoder.encode(options), as: UTF8.self)
    }
}
