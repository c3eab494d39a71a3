/// Numbers of Arrow's FlatBuffers schemas.
///
/// Source: https://github.com/apache/arrow/blob/main/format/Message.fbs and Schema.fbs
enum Message {
    enum Header: UInt8 {
        case schema = 1
        case recordBatch = 3
    }

    /// Ends a message whose header is built.
    static func finish(
        _ builder: inout FlatBufferBuilder, header: Header, _ object: FlatBufferBuilder.Offset, bodyLength: Int
    ) -> ArraySlice<UInt8> {
        builder.startTable()
        builder.add(3, Int64(bodyLength))
        builder.add(2, reference: object)
        builder.add(0, metadataVersion5)
        builder.add(1, header.rawValue)
        return builder.finish(root: builder.endTable())
    }

    private static let metadataVersion5: Int16 = 4

    /// The member of the union Type.
    enum TypeID: UInt8 {
        case int = 2
        case floatingPoint = 3
        case binary = 4
        case utf8 = 5
        case bool = 6
        case decimal = 7
        case date = 8
        case `struct` = 13
    }
}

/// The stream's first message.
enum SchemaMessage {
    static func encode(_ fields: [ArrowField]) -> ArraySlice<UInt8> {
        var builder = FlatBufferBuilder()
        let offsets = fields.map { encode($0, &builder) }
        let list = builder.vector(of: offsets)
        builder.startTable()
        builder.add(1, reference: list)
        return Message.finish(&builder, header: .schema, builder.endTable(), bodyLength: 0)
    }

    private static func encode(_ field: ArrowField, _ builder: inout FlatBufferBuilder) -> FlatBufferBuilder.Offset {
        let name = builder.string(field.name)
        let pairs = field.metadata.map { pair in
            let key = builder.string(pair.key)
            let value = builder.string(pair.value)
            builder.startTable()
            builder.add(0, reference: key)
            builder.add(1, reference: value)
            return builder.endTable()
        }
        let metadata = builder.vector(of: pairs)
        var children: [FlatBufferBuilder.Offset] = []
        if case .struct(let fields) = field.type { children = fields.map { encode($0, &builder) } }
        let childList = builder.vector(of: children)
        let (id, type) = encode(field.type, &builder)
        builder.startTable()
        builder.add(0, reference: name)
        builder.add(3, reference: type)
        builder.add(5, reference: childList)
        if !pairs.isEmpty { builder.add(6, reference: metadata) }
        builder.add(1, UInt8(field.isNullable ? 1 : 0))
        builder.add(2, id.rawValue)
        return builder.endTable()
    }

    private static func encode(
        _ type: ArrowType, _ builder: inout FlatBufferBuilder
    ) -> (Message.TypeID, FlatBufferBuilder.Offset) {
        builder.startTable()
        let id: Message.TypeID
        switch type {
        case .int8, .int16, .int32, .int64:
            builder.add(0, Int32((type.width ?? 0) * 8))
            builder.add(1, UInt8(1))
            id = .int
        case .float64:
            builder.add(0, Int16(2))
            id = .floatingPoint
        case .decimal128(let precision, let scale):
            builder.add(0, Int32(precision))
            builder.add(1, Int32(scale))
            builder.add(2, Int32(128))
            id = .decimal
        case .date32:
            builder.add(0, Int16(0))
            id = .date
        case .bool: id = .bool
        case .utf8: id = .utf8
        case .binary: id = .binary
        case .struct: id = .struct
        }
        return (id, builder.endTable())
    }
}
