import Arrow
import DuckDB
import Types

/// Collects rows as Snowflake's JSON rowset: every cell a string or null.
///
/// Numbers are plain, booleans `1` or `0`, dates days since 1970, times and timestamps seconds with nine digits after
/// the point, binary upper-case hexadecimal, nested values JSON text.
final class JSONResultEncoder: SegmentSink {
    private let types: [LogicalType]
    private let buffer = GrowingBuffer(capacity: 1 << 16)
    private let cell = GrowingBuffer()
    private(set) var rowCount = 0

    init(_ types: [LogicalType]) {
        self.types = types
    }

    var byteCount: Int { buffer.count }

    func takeSegment() -> ResultSegment {
        defer {
            buffer.removeAll()
            rowCount = 0
        }
        return ResultSegment(data: Array(buffer.bytes), rowCount: rowCount)
    }

    func append(_ chunk: DataChunk, _ rows: Range<Int>) throws {
        let readers = try types.indices.map { try CellReader(chunk.vector($0)) }
        for row in rows {
            if rowCount > 0 { buffer.append(byte: UInt8(ascii: ",")) }
            buffer.append(byte: UInt8(ascii: "["))
            for (index, reader) in readers.enumerated() {
                if index > 0 { buffer.append(byte: UInt8(ascii: ",")) }
                try ResultRoom.require(buffer.count + reader.textBytes(row))
                append(reader, row)
            }
            buffer.append(byte: UInt8(ascii: "]"))
            rowCount += 1
        }
    }

    private func append(_ reader: CellReader, _ row: Int) {
        guard reader.validity[row] else {
            buffer.append("null")
            return
        }
        if case .null = reader.kind {
            buffer.append("null")
            return
        }
        buffer.append(byte: UInt8(ascii: "\""))
        switch reader.kind {
        case .text: buffer.appendEscaped(reader.bytes(row))
        case .json, .list, .map, .structure, .union, .array, .member8, .member16, .member32:
            cell.removeAll()
            reader.appendText(row, to: cell)
            buffer.appendEscaped(cell.bytes)
        case .bool: buffer.append(byte: reader.value(row, as: UInt8.self) != 0 ? UInt8(ascii: "1") : UInt8(ascii: "0"))
        case .date: buffer.append(integer: Int64(reader.value(row, as: Int32.self)))
        case .time: append(seconds: reader.value(row, as: Int64.self), perSecond: 1_000_000)
        case .timeNS: append(seconds: reader.value(row, as: Int64.self), perSecond: 1_000_000_000)
        case .timestamp(let perSecond, _): append(seconds: reader.value(row, as: Int64.self), perSecond: perSecond)
        case .float: append(real: Double(reader.value(row, as: Float.self)))
        case .double: append(real: reader.value(row, as: Double.self))
        default: reader.appendText(row, to: buffer)
        }
        buffer.append(byte: UInt8(ascii: "\""))
    }

    /// `inf` and `-inf` are Snowflake's words for infinite numbers in a rowset.
    private func append(real value: Double) {
        if value.isInfinite { buffer.append(value < 0 ? "-inf" : "inf") } else { buffer.append(real: value) }
    }

    /// Seconds with nine digits after the point; the sign is for the whole: `-1.500000000`.
    private func append(seconds value: Int64, perSecond: Int64) {
        let (whole, units) = value.magnitude.quotientAndRemainder(dividingBy: perSecond.magnitude)
        if value < 0 { buffer.append(byte: UInt8(ascii: "-")) }
        buffer.append(integer: Int64(clamping: whole))
        buffer.append(byte: UInt8(ascii: "."))
        buffer.append(digits: units * (1_000_000_000 / perSecond.magnitude), count: 9)
    }
}
