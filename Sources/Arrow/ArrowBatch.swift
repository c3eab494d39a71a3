import Types

/// A value of a column that was read back.
package enum ArrowValue: Hashable, Sendable {
    case null
    /// Integers, dates (days) and unscaled decimals.
    case integer(Int128)
    case real(Double)
    case bool(Bool)
    case text(String)
    case binary([UInt8])
    /// The fields of a struct, in order.
    case `struct`([ArrowValue])
}

/// One record batch of a stream.
package struct ArrowBatch {
    package let rowCount: Int
    package let columns: [ArrowColumnView]

    init(reading table: FlatBufferTable, _ fields: [ArrowField], _ bytes: [UInt8], body: Range<Int>) throws {
        guard let rowCount = Int(exactly: try table.integer(0, or: 0 as Int64)), rowCount >= 0 else {
            throw ArrowBatch.damaged
        }
        var places = try table.pairs(2)[...]
        self.rowCount = rowCount
        columns = try fields.map {
            try ArrowColumnView($0, rowCount: rowCount, bytes) { try ArrowBatch.take(&places, body) }
        }
    }

    private static func take(_ places: inout ArraySlice<(Int64, Int64)>, _ body: Range<Int>) throws -> Range<Int> {
        guard let (offset, length) = places.popFirst(), offset >= 0, length >= 0, offset <= body.count,
            length <= body.count - Int(offset)
        else { throw damaged }
        let start = body.lowerBound + Int(offset)
        return start..<start + Int(length)
    }

    static var damaged: RegistryError { RegistryError(.corrupt, "An Arrow record batch is damaged.") }
}

/// A column of a batch. Positions are checked when it is made.
package struct ArrowColumnView {
    package let field: ArrowField
    package let rowCount: Int
    /// The fields of a struct.
    package let children: [ArrowColumnView]
    private let bytes: [UInt8]
    private let validity: Range<Int>
    private let main: Range<Int>
    private let content: Range<Int>

    init(_ field: ArrowField, rowCount: Int, _ bytes: [UInt8], _ take: () throws -> Range<Int>) throws {
        self.field = field
        self.rowCount = rowCount
        self.bytes = bytes
        validity = try take()
        guard validity.isEmpty || validity.count >= (rowCount + 7) / 8 else { throw ArrowBatch.damaged }
        var main = validity
        var content = validity
        var children: [ArrowColumnView] = []
        let needed: Int
        switch field.type {
        case .utf8, .binary:
            main = try take()
            content = try take()
            needed = (rowCount + 1) * 4
        case .struct(let fields):
            children = try fields.map { try ArrowColumnView($0, rowCount: rowCount, bytes, take) }
            needed = 0
        case .bool:
            main = try take()
            needed = (rowCount + 7) / 8
        default:
            main = try take()
            needed = rowCount * (field.type.width ?? 0)
        }
        guard main.count >= needed || rowCount == 0 else { throw ArrowBatch.damaged }
        self.main = main
        self.content = content
        self.children = children
        if case .utf8 = field.type { try checkOffsets() }
        if case .binary = field.type { try checkOffsets() }
    }

    private func checkOffsets() throws {
        guard rowCount > 0 else { return }
        var last: Int32 = 0
        for row in 0...rowCount {
            let offset = load(main, row, as: Int32.self)
            guard offset >= last, offset <= content.count else { throw ArrowBatch.damaged }
            last = offset
        }
    }

    private func load<Value: BitwiseCopyable>(_ range: Range<Int>, _ index: Int, as type: Value.Type) -> Value {
        bytes.withUnsafeBytes {
            $0.loadUnaligned(fromByteOffset: range.lowerBound + index * MemoryLayout<Value>.size, as: type)
        }
    }

    /// Whether the row is not NULL.
    package func isValid(_ row: Int) -> Bool {
        validity.isEmpty || bytes[validity.lowerBound + row >> 3] >> UInt8(row & 7) & 1 == 1
    }

    /// The bytes of a row of utf8 or binary.
    package func bytes(_ row: Int) -> ArraySlice<UInt8> {
        let start = content.lowerBound + Int(load(main, row, as: Int32.self))
        let end = content.lowerBound + Int(load(main, row + 1, as: Int32.self))
        return bytes[start..<end]
    }

    /// The row's value.
    package func value(_ row: Int) -> ArrowValue {
        guard isValid(row) else { return .null }
        switch field.type {
        case .int8: return .integer(Int128(load(main, row, as: Int8.self)))
        case .int16: return .integer(Int128(load(main, row, as: Int16.self)))
        case .int32, .date32: return .integer(Int128(load(main, row, as: Int32.self)))
        case .int64: return .integer(Int128(load(main, row, as: Int64.self)))
        case .decimal128: return .integer(load(main, row, as: Int128.self))
        case .float64: return .real(load(main, row, as: Double.self))
        case .bool: return .bool(bytes[main.lowerBound + row >> 3] >> UInt8(row & 7) & 1 == 1)
        case .utf8: return .text(String(decoding: bytes(row), as: UTF8.self))
        case .binary: return .binary(Array(bytes(row)))
        case .struct: return .struct(children.map { $0.value(row) })
        }
    }
}
