package import Types

/// How the values of one column lie in memory on their way to a model and back.
///
/// The raw values are the wire's, see `Python/columns.py`.
package enum ColumnKind: UInt8, Sendable, Hashable, CaseIterable {
    /// One byte, 0 or 1.
    case boolean = 1
    case int8, int16, int32, int64
    /// 32 bits.
    case float
    /// 64 bits.
    case double
    /// Days since 1970-01-01, 32 bits.
    case date
    /// Microseconds since 1970-01-01 00:00, 64 bits.
    case timestamp
    /// UTF-8.
    case text
    case binary
    /// JSON text: ARRAY, OBJECT and VARIANT.
    case json
    /// No values at all: every row is NULL (a parameter that a call left out).
    case absent

    /// Bytes per value; 0 for text, binary, JSON and absent columns.
    package var width: Int {
        switch self {
        case .boolean, .int8: 1
        case .int16: 2
        case .int32, .float, .date: 4
        case .int64, .double, .timestamp: 8
        case .text, .binary, .json, .absent: 0
        }
    }

    /// Whether the values differ in length.
    package var isVariable: Bool { self == .text || self == .binary || self == .json }

    /// The kind in which values of a declared type come back from a model.
    ///
    /// Integers are `int64` whatever their declared size, as BIGINT is in SQL; decimals and TIME have no kind of their
    /// own and come as `double` and `text`.
    package init(_ type: SQLType) {
        switch type {
        case .fixed(_, let scale): self = scale == 0 ? .int64 : .double
        case .real: self = .double
        case .text, .time: self = .text
        case .boolean: self = .boolean
        case .date: self = .date
        case .timestampNTZ, .timestampLTZ, .timestampTZ: self = .timestamp
        case .binary: self = .binary
        case .variant, .object, .array: self = .json
        }
    }
}
