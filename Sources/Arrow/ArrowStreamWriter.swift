import Types

/// Writes an Arrow IPC stream: the schema, record batches, the end.
///
/// ```swift
/// let writer = ArrowStreamWriter([ArrowField("N", .int64)])
/// writer.columns[0].appendFixed(pointer, byteCount: 8 * rows)
/// writer.endBatch(rows: rows)
/// let stream = writer.finish()
/// ```
/// After `finish()` it starts the next stream of the same schema. Threads: one at a time. Little-endian; buffers start
/// at multiples of 8. Source: https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format
package final class ArrowStreamWriter {
    package let fields: [ArrowField]
    /// Where the next batch's values go.
    package let columns: [ArrowColumn]
    private let schema: [UInt8]
    private var output: [UInt8]

    package init(_ fields: [ArrowField]) {
        self.fields = fields
        columns = fields.map(ArrowColumn.init)
        var bytes: [UInt8] = []
        ArrowStreamWriter.append(SchemaMessage.encode(fields), to: &bytes)
        schema = bytes
        output = bytes
    }

    /// Bytes of the batch that is being collected, without padding.
    package var pendingByteCount: Int { columns.reduce(0) { $0 + $1.byteCount } }

    /// Writes the collected values as one batch of `rows` rows. Nothing is written for 0 rows.
    package func endBatch(rows: Int) {
        guard rows > 0 else { return }
        var batch = BatchLayout()
        for column in columns { batch.add(column, rows: rows) }
        output.reserveCapacity(output.count + batch.bodyLength + 1024)
        ArrowStreamWriter.append(batch.message(rows: rows), to: &output)
        for buffer in batch.buffers where buffer.count > 0 {
            output.append(contentsOf: buffer)
            let padding = ArrowStreamWriter.padding(buffer.count)
            if padding > 0 { output.append(contentsOf: repeatElement(0, count: padding)) }
        }
        for column in columns { column.startBatch() }
    }

    /// Ends the stream and returns its bytes.
    package func finish() -> [UInt8] {
        output.append(contentsOf: [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0])
        let finished = output
        output = schema
        return finished
    }

    /// A message: continuation mark, length, FlatBuffers message padded to 8.
    private static func append(_ message: ArraySlice<UInt8>, to output: inout [UInt8]) {
        let padding = padding(message.count)
        output.append(contentsOf: [0xFF, 0xFF, 0xFF, 0xFF])
        withUnsafeBytes(of: UInt32(message.count + padding).littleEndian) { output.append(contentsOf: $0) }
        output.append(contentsOf: message)
        output.append(contentsOf: repeatElement(0, count: padding))
    }

    static func padding(_ count: Int) -> Int { (8 - count & 7) & 7 }
}

/// The order and places of a batch's buffers: depth first, validity before values.
private struct BatchLayout {
    var buffers: [UnsafeRawBufferPointer] = []
    var bodyLength = 0
    private var nodes: [(Int64, Int64)] = []
    private var places: [(Int64, Int64)] = []

    mutating func add(_ column: ArrowColumn, rows: Int) {
        nodes.append((Int64(rows), Int64(column.nullCount)))
        add(column.nullCount > 0 ? column.validity.bytes : UnsafeRawBufferPointer(start: nil, count: 0))
        switch column.field.type {
        case .utf8, .binary:
            add(column.main.bytes)
            add(column.content.bytes)
        case .struct:
            for child in column.children { add(child, rows: rows) }
        default: add(column.main.bytes)
        }
    }

    private mutating func add(_ bytes: UnsafeRawBufferPointer) {
        buffers.append(bytes)
        places.append((Int64(bodyLength), Int64(bytes.count)))
        bodyLength += bytes.count + ArrowStreamWriter.padding(bytes.count)
    }

    func message(rows: Int) -> ArraySlice<UInt8> {
        var builder = FlatBufferBuilder()
        let buffers = builder.vector(ofPairs: places)
        let nodes = builder.vector(ofPairs: nodes)
        builder.startTable()
        builder.add(0, Int64(rows))
        builder.add(1, reference: nodes)
        builder.add(2, reference: buffers)
        let batch = builder.endTable()
        return Message.finish(&builder, header: .recordBatch, batch, bodyLength: bodyLength)
    }
}
