import CNative

/// A value for a parameter of a statement.
package enum BoundValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case int64(Int64)
    case hugeint(Int128)
    /// `unscaled` times 10 to the power of minus `scale`; `width` digits at most 38.
    case decimal(unscaled: Int128, width: Int, scale: Int)
    case double(Double)
    case text(String)
    case blob([UInt8])
    /// Days since 1970-01-01.
    case date(days: Int32)
    /// Microseconds since midnight.
    case time(micros: Int64)
    /// Microseconds since 1970-01-01 00:00:00, without a time zone.
    case timestamp(micros: Int64)
    /// Microseconds since 1970-01-01 00:00:00 UTC.
    case timestampTZ(micros: Int64)

    /// The caller destroys it.
    func makeHandle() -> duck_value? {
        switch self {
        case .null: duck_create_null_value()
        case .bool(let value): duck_create_bool(value)
        case .int64(let value): duck_create_int64(value)
        case .hugeint(let value): duck_create_hugeint(duck_hugeint(value))
        case .decimal(let unscaled, let width, let scale):
            duck_create_decimal(
                duck_decimal(
                    width: UInt8(clamping: width), scale: UInt8(clamping: scale), value: duck_hugeint(unscaled)))
        case .double(let value): duck_create_double(value)
        case .text(var value):
            value.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) { duck_create_varchar_length($0.baseAddress, UInt64($0.count)) }
            }
        case .blob(let value): value.withUnsafeBufferPointer { duck_create_blob($0.baseAddress, UInt64($0.count)) }
        case .date(let days): duck_create_date(duck_date(days: days))
        case .time(let micros): duck_create_time(duck_micros(micros: micros))
        case .timestamp(let micros): duck_create_timestamp(duck_micros(micros: micros))
        case .timestampTZ(let micros): duck_create_timestamp_tz(duck_micros(micros: micros))
        }
    }
}

extension duck_hugeint {
    init(_ value: Int128) {
        self.init(lower: UInt64(truncatingIfNeeded: value), upper: Int64(truncatingIfNeeded: value >> 64))
    }
}
