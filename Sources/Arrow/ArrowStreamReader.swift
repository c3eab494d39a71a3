import Types

/// Reads the Arrow IPC streams that ``ArrowStreamWriter`` writes, of those types only.
///
/// Damaged input is an error, never a crash. Threads: one at a time.
package struct ArrowStreamReader {
    package private(set) var fields: [ArrowField] = []
    private let bytes: [UInt8]
    private var position = 0

    /// - Throws: `corrupt` where the bytes are no such stream.
    package init(_ bytes: [UInt8]) throws {
        self.bytes = bytes
        guard let message = try nextMessage(), message.header == .schema else {
            throw RegistryError(.corrupt, "An Arrow stream is damaged: it does not begin with a schema.")
        }
        fields = try message.table.tables(1).map { try ArrowField(reading: $0, depth: 0) }
    }

    /// The next record batch, or nil at the end.
    package mutating func nextBatch() throws -> ArrowBatch? {
        guard let message = try nextMessage() else { return nil }
        guard message.header == .recordBatch else {
            throw RegistryError(.corrupt, "An Arrow stream is damaged: a message is not a record batch.")
        }
        return try ArrowBatch(reading: message.table, fields, bytes, body: message.body)
    }

    private struct Received {
        let header: Message.Header
        let table: FlatBufferTable
        let body: Range<Int>
    }

    private mutating func nextMessage() throws -> Received? {
        guard position < bytes.count else { return nil }
        guard position + 8 <= bytes.count, bytes[position..<position + 4].allSatisfy({ $0 == 0xFF }) else {
            throw RegistryError(.corrupt, "An Arrow stream is damaged: a message does not begin where it should.")
        }
        let length = Int(
            bytes[(position + 4)..<(position + 8)].withUnsafeBytes {
                UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self))
            })
        guard length > 0 else {
            position = bytes.count
            return nil
        }
        let start = position + 8
        guard length <= bytes.count - start else {
            throw RegistryError(.corrupt, "An Arrow stream is cut off.")
        }
        let root = try FlatBufferTable(root: bytes[start..<start + length])
        let bodyLength = try root.integer(3, or: 0 as Int64)
        let body = start + length
        guard let header = Message.Header(rawValue: try root.integer(1, or: 0)), let table = try root.table(2),
            bodyLength >= 0, bodyLength <= bytes.count - body
        else { throw RegistryError(.corrupt, "An Arrow stream is damaged or cut off.") }
        position = body + Int(bodyLength)
        return Received(header: header, table: table, body: body..<position)
    }
}

extension ArrowField {
    fileprivate init(reading table: FlatBufferTable, depth: Int) throws {
        guard depth < 4 else { throw RegistryError(.corrupt, "An Arrow stream has columns nested too deep.") }
        let pairs = try table.tables(6).map {
            Pair(key: try $0.string(0) ?? "", value: try $0.string(1) ?? "")
        }
        let children = try table.tables(5).map { try ArrowField(reading: $0, depth: depth + 1) }
        self.init(
            try table.string(0) ?? "", try ArrowType(reading: table, children: children),
            isNullable: try table.integer(1, or: 0 as UInt8) != 0, pairs: pairs)
    }
}

extension ArrowType {
    fileprivate init(reading field: FlatBufferTable, children: [ArrowField]) throws {
        let id = Message.TypeID(rawValue: try field.integer(2, or: 0))
        let type = try field.table(3)
        let read: ArrowType? =
            switch id {
            case .int:
                switch try type?.integer(0, or: 0 as Int32) {
                case 8: .int8
                case 16: .int16
                case 32: .int32
                case 64: .int64
                default: nil
                }
            case .floatingPoint: try type?.integer(0, or: 0 as Int16) == 2 ? .float64 : nil
            case .decimal:
                .decimal128(
                    precision: Int(try type?.integer(0, or: 0 as Int32) ?? 0),
                    scale: Int(try type?.integer(1, or: 0 as Int32) ?? 0))
            case .date: .date32
            case .bool: .bool
            case .utf8: .utf8
            case .binary: .binary
            case .struct: .struct(children)
            case nil: nil
            }
        guard let read else { throw RegistryError(.corrupt, "An Arrow stream has a column of an unknown type.") }
        self = read
    }
}
