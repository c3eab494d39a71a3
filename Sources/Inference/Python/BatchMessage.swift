/// Where one column lies in a segment. 40 bytes on the wire: kind (u8), flags (u8, bit 0: has a validity bitmap), six
/// zero bytes, then four u64: offset of the values (or of the offsets), of the bitmap, of the bytes, number of bytes.
struct ColumnPlace: Equatable {
    var kind: ColumnKind
    var data = 0
    var validity: Int?
    var bytes = 0
    var byteCount = 0

    static let size = 40

    func write(to payload: inout [UInt8]) {
        payload.append(kind.rawValue)
        payload.append(validity == nil ? 0 : 1 as UInt8)
        payload.append(contentsOf: [0, 0, 0, 0, 0, 0])
        payload.append(UInt64(data))
        payload.append(UInt64(validity ?? 0))
        payload.append(UInt64(bytes))
        payload.append(UInt64(byteCount))
    }
}

/// Asks a worker for the outputs of a batch that lies in a segment.
///
/// On the wire: segment, 0 (u32 each); rows, offset for the outputs, size of the segment (u64 each); numbers of
/// columns, partitions, new and forgotten segments (u32 each); per new segment number, 0 (u32), size (u64), with its descriptor
/// beside the frame; per forgotten one its number (u32); the columns; per partition its rows (u64).
struct PredictMessage {
    struct NewSegment: Equatable {
        var number: UInt32
        var size: Int
    }

    var segment: UInt32
    var rows: Int
    var outputOffset: Int
    var capacity: Int
    var columns: [ColumnPlace]
    var partitions: [Int] = []
    var fresh: [NewSegment] = []
    var forgotten: [UInt32] = []

    var payload: [UInt8] {
        var payload: [UInt8] = []
        payload.reserveCapacity(48 + columns.count * ColumnPlace.size + partitions.count * 8 + forgotten.count * 4)
        payload.append(segment)
        payload.append(0 as UInt32)
        payload.append(UInt64(rows))
        payload.append(UInt64(outputOffset))
        payload.append(UInt64(capacity))
        for count in [columns.count, partitions.count, fresh.count, forgotten.count] { payload.append(UInt32(count)) }
        for new in fresh { PredictMessage.write(new, to: &payload) }
        for number in forgotten { payload.append(number) }
        for column in columns { column.write(to: &payload) }
        for rows in partitions { payload.append(UInt64(rows)) }
        return payload
    }

    static func write(_ segment: NewSegment, to payload: inout [UInt8]) {
        payload.append(segment.number)
        payload.append(0 as UInt32)
        payload.append(UInt64(segment.size))
    }
}

/// A worker's answer: where the outputs lie.
///
/// On the wire: rows (u64), processor seconds (f64), numbers of columns and partitions, segment, 1 if the estimator was
/// used (u32 each); the columns; per partition its rows (u64).
struct ResultMessage: Equatable {
    var rows: Int
    var cpuSeconds: Double
    var segment: UInt32
    var usedEstimator: Bool
    var columns: [ColumnPlace]
    var partitions: [Int]

    /// nil where the payload is not a well-formed answer. Places are not checked against a segment here.
    init?(payload: [UInt8]) {
        var reader = ByteReader(payload)
        guard let rows = reader.size(), let cpu = reader.integer(UInt64.self),
            let columnCount = reader.integer(UInt32.self),
            let partitionCount = reader.integer(UInt32.self), let segment = reader.integer(UInt32.self),
            let used = reader.integer(UInt32.self),
            reader.left == Int(columnCount) * ColumnPlace.size + Int(partitionCount) * 8
        else { return nil }
        self.rows = rows
        cpuSeconds = Double(bitPattern: cpu)
        self.segment = segment
        usedEstimator = used == 1
        columns = []
        partitions = []
        for _ in 0..<columnCount {
            guard let code = reader.integer(UInt8.self), let kind = ColumnKind(rawValue: code),
                let flags = reader.integer(UInt8.self), reader.skip(6), let data = reader.size(),
                let validity = reader.size(), let bytes = reader.size(), let byteCount = reader.size()
            else { return nil }
            columns.append(
                ColumnPlace(
                    kind: kind, data: data, validity: flags & 1 == 1 ? validity : nil, bytes: bytes,
                    byteCount: byteCount))
        }
        for _ in 0..<partitionCount {
            guard let rows = reader.size() else { return nil }
            partitions.append(rows)
        }
    }
}

/// Reads little-endian integers from bytes that are not trusted.
struct ByteReader {
    private let bytes: [UInt8]
    private var at = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var left: Int { bytes.count - at }

    mutating func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) -> Integer? {
        let size = MemoryLayout<Integer>.size
        guard left >= size else { return nil }
        defer { at += size }
        return bytes.withUnsafeBytes { Integer(littleEndian: $0.loadUnaligned(fromByteOffset: at, as: type)) }
    }

    /// A u64 that fits well into an Int: at most 2^48, so that sums never overflow.
    mutating func size() -> Int? {
        guard let value = integer(UInt64.self), value <= 1 << 48 else { return nil }
        return Int(value)
    }

    mutating func skip(_ count: Int) -> Bool {
        guard left >= count else { return false }
        at += count
        return true
    }
}
