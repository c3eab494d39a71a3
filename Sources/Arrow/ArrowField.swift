/// The storage of a column in an Arrow stream: the types Roost writes.
///
/// Source: https://arrow.apache.org/docs/format/Columnar.html
package indirect enum ArrowType: Hashable, Sendable {
    /// Signed integers of 8, 16, 32 or 64 bits.
    case int8, int16, int32, int64
    case float64
    /// Bits.
    case bool
    /// Texts with 32-bit offsets.
    case utf8
    /// Byte strings with 32-bit offsets.
    case binary
    /// Days since 1970, 32 bits.
    case date32
    /// 128-bit integers, scaled by 10 to the power of minus `scale`.
    case decimal128(precision: Int, scale: Int)
    case `struct`([ArrowField])

    /// Seconds since 1970 (int64) and nanoseconds of the second (int32): Snowflake's TIMESTAMP_NTZ and _LTZ.
    package static let timestamp = ArrowType.struct([
        ArrowField("epoch", .int64, isNullable: false), ArrowField("fraction", .int32, isNullable: false),
    ])
    /// The same with the zone's offset in minutes plus 1440 (int32): Snowflake's TIMESTAMP_TZ.
    package static let timestampTZ = ArrowType.struct([
        ArrowField("epoch", .int64, isNullable: false), ArrowField("fraction", .int32, isNullable: false),
        ArrowField("timezone", .int32, isNullable: false),
    ])

    /// Bytes of a value in the main buffer; nil for bool, utf8, binary and struct.
    var width: Int? {
        switch self {
        case .int8: 1
        case .int16: 2
        case .int32, .date32: 4
        case .int64, .float64: 8
        case .decimal128: 16
        case .bool, .utf8, .binary, .struct: nil
        }
    }
}

/// A named column of an Arrow stream with its metadata.
package struct ArrowField: Hashable, Sendable {
    package let name: String
    package let type: ArrowType
    package let isNullable: Bool
    /// Keys and values in the order written.
    package let metadata: [Pair]

    /// One entry of a field's metadata.
    package struct Pair: Hashable, Sendable {
        package let key: String
        package let value: String
    }

    package init(
        _ name: String, _ type: ArrowType, isNullable: Bool = true, metadata: KeyValuePairs<String, String> = [:]
    ) {
        self.name = name
        self.type = type
        self.isNullable = isNullable
        self.metadata = metadata.map { Pair(key: $0.key, value: $0.value) }
    }

    init(_ name: String, _ type: ArrowType, isNullable: Bool, pairs: [Pair]) {
        self.name = name
        self.type = type
        self.isNullable = isNullable
        metadata = pairs
    }

    /// The value of a metadata key, nil where it is absent.
    package func metadata(_ key: String) -> String? {
        metadata.first { $0.key == key }?.value
    }
}
