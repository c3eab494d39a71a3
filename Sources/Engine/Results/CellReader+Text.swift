import Arrow
import DuckDB

/// Cells as text: what a text column holds for types that Snowflake lacks, and what stands inside JSON.
extension CellReader {
    /// Appends the cell's text, without quotes. Nested values and JSON as compact JSON. Nothing for NULL.
    func appendText(_ row: Int, to buffer: GrowingBuffer) {
        guard validity[row] else { return }
        switch kind {
        case .bool: buffer.append(value(row, as: UInt8.self) != 0 ? "true" : "false")
        case .int8: buffer.append(integer: Int64(value(row, as: Int8.self)))
        case .int16: buffer.append(integer: Int64(value(row, as: Int16.self)))
        case .int32: buffer.append(integer: Int64(value(row, as: Int32.self)))
        case .int64: buffer.append(integer: value(row, as: Int64.self))
        case .int128: buffer.append(integer: value(row, as: Int128.self))
        case .uint8: buffer.append(integer: Int64(value(row, as: UInt8.self)))
        case .uint16: buffer.append(integer: Int64(value(row, as: UInt16.self)))
        case .uint32: buffer.append(integer: Int64(value(row, as: UInt32.self)))
        case .uint64: buffer.append(integer: Int128(value(row, as: UInt64.self)))
        case .uint128: buffer.append(value(row, as: UInt128.self).description)
        case .float: buffer.append(real: value(row, as: Float.self))
        case .double: buffer.append(real: value(row, as: Double.self))
        case .decimal16(let scale): buffer.append(decimal: Int64(value(row, as: Int16.self)), scale: scale)
        case .decimal32(let scale): buffer.append(decimal: Int64(value(row, as: Int32.self)), scale: scale)
        case .decimal64(let scale): buffer.append(decimal: value(row, as: Int64.self), scale: scale)
        case .decimal128(let scale): buffer.append(decimal: value(row, as: Int128.self), scale: scale)
        case .text: buffer.append(bytes(row))
        case .json: buffer.appendCompacted(bytes(row))
        case .blob: buffer.appendHex(bytes(row))
        case .bit: buffer.appendBits(bytes(row))
        case .uuid: buffer.append(uuid: value(row, as: UInt128.self) ^ (1 << 127))
        case .date: buffer.append(date: value(row, as: Int32.self))
        case .time: buffer.append(timeMicros: value(row, as: Int64.self))
        case .timeNS: buffer.append(timeNanos: value(row, as: Int64.self))
        case .timeTZ: buffer.append(timeTZ: value(row, as: UInt64.self))
        case .interval:
            buffer.append(
                intervalMonths: value(row * 4, as: Int32.self), days: value(row * 4 + 1, as: Int32.self),
                micros: value(row * 2 + 1, as: Int64.self))
        case .timestamp(let perSecond, let inZone):
            buffer.append(timestamp: value(row, as: Int64.self), perSecond: perSecond)
            if inZone { buffer.append(" +0000") }
        case .member8, .member16, .member32:
            member(row).withUnsafeBytes { buffer.append($0) }
        case .list, .map, .structure, .union, .array: appendJSON(row, to: buffer)
        case .null: break
        }
    }

    /// Appends the cell as a JSON value; NULL is `null`.
    func appendJSON(_ row: Int, to buffer: GrowingBuffer) {
        guard validity[row] else {
            buffer.append("null")
            return
        }
        switch kind {
        case .text:
            buffer.append(byte: UInt8(ascii: "\""))
            buffer.appendEscaped(bytes(row))
            buffer.append(byte: UInt8(ascii: "\""))
        case .member8, .member16, .member32:
            buffer.append(byte: UInt8(ascii: "\""))
            member(row).withUnsafeBytes { buffer.appendEscaped($0) }
            buffer.append(byte: UInt8(ascii: "\""))
        case .blob, .bit, .uuid, .date, .time, .timeNS, .timeTZ, .interval, .timestamp:
            buffer.append(byte: UInt8(ascii: "\""))
            appendText(row, to: buffer)
            buffer.append(byte: UInt8(ascii: "\""))
        case .list: appendElements(value(row, as: ListEntry.self).range, to: buffer)
        case .array(let count): appendElements(row * count..<(row + 1) * count, to: buffer)
        case .map: appendEntries(value(row, as: ListEntry.self).range, to: buffer)
        case .structure:
            buffer.append(byte: UInt8(ascii: "{"))
            for (index, child) in children.enumerated() {
                if index > 0 { buffer.append(byte: UInt8(ascii: ",")) }
                names[index].withUnsafeBytes { buffer.append($0) }
                child.appendJSON(row, to: buffer)
            }
            buffer.append(byte: UInt8(ascii: "}"))
        case .union:
            let tag = Int(children[0].value(row, as: UInt8.self)) + 1
            if tag < children.count { children[tag].appendJSON(row, to: buffer) } else { buffer.append("null") }
        case .null: buffer.append("null")
        default: appendText(row, to: buffer)
        }
    }

    private func appendElements(_ range: Range<Int>, to buffer: GrowingBuffer) {
        buffer.append(byte: UInt8(ascii: "["))
        let child = children[0]
        for index in range {
            if index > range.lowerBound { buffer.append(byte: UInt8(ascii: ",")) }
            child.appendJSON(index, to: buffer)
        }
        buffer.append(byte: UInt8(ascii: "]"))
    }

    private func appendEntries(_ range: Range<Int>, to buffer: GrowingBuffer) {
        buffer.append(byte: UInt8(ascii: "{"))
        for index in range {
            if index > range.lowerBound { buffer.append(byte: UInt8(ascii: ",")) }
            if case .text = children[0].kind {
                children[0].appendJSON(index, to: buffer)
            } else {
                let key = GrowingBuffer()
                children[0].appendText(index, to: key)
                buffer.append(byte: UInt8(ascii: "\""))
                buffer.appendEscaped(key.bytes)
                buffer.append(byte: UInt8(ascii: "\""))
            }
            buffer.append(byte: UInt8(ascii: ":"))
            children[1].appendJSON(index, to: buffer)
        }
        buffer.append(byte: UInt8(ascii: "}"))
    }
}
