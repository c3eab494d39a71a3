import DuckDB
import Types

/// Which wide columns of a materialised result hold only values that fit into 64 bits.
///
/// Integers and decimals that can be wider than 64 bits (HUGEINT, UBIGINT, DECIMAL of more than 18 digits) travel as
/// 64-bit integers where every value allows, as Snowflake does: clients then give plain integers and floats to pandas.
struct IntegerWidths {
    private let narrow: Set<Int>

    /// Looks through the columns that need it. A streaming result can't be looked through: all its wide columns stay
    /// wide.
    init(_ result: QueryResult) {
        var candidates = result.columns.indices.filter { IntegerWidths.isWide(result.columns[$0].type) }
        guard !candidates.isEmpty, result.rowCount != nil else {
            narrow = []
            return
        }
        var index = 0
        while !candidates.isEmpty, let chunk = result.chunk(at: index) {
            candidates.removeAll { !IntegerWidths.fits(chunk.vector($0), chunk.rowCount) }
            index += 1
        }
        narrow = Set(candidates)
    }

    /// Whether the column's values fit into 64 bits; true for types that always do.
    func fits(_ column: Int, _ type: LogicalType) -> Bool {
        !IntegerWidths.isWide(type) || narrow.contains(column)
    }

    private static func isWide(_ type: LogicalType) -> Bool {
        switch type {
        case .hugeint, .uhugeint, .ubigint: true
        case .decimal(let width, _): width > 18
        default: false
        }
    }

    private static func fits(_ vector: Vector, _ rows: Int) -> Bool {
        let validity = vector.validity
        switch vector.type {
        case .ubigint:
            let values = vector.values(as: UInt64.self)
            for row in 0..<rows where values[row] > UInt64(Int64.max) && validity[row] { return false }
        case .uhugeint:
            let values = vector.values(as: UInt128.self)
            for row in 0..<rows where values[row] > UInt128(Int64.max) && validity[row] { return false }
        default:
            let values = vector.values(as: Int128.self)
            for row in 0..<rows {
                let value = values[row]
                if value != Int128(Int64(truncatingIfNeeded: value)) && validity[row] { return false }
            }
        }
        return true
    }
}
