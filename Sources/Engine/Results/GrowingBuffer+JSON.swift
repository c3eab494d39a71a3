import Arrow

/// Text inside JSON, and bytes as text.
extension GrowingBuffer {
    /// Appends the inside of a JSON string.
    func appendEscaped(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        var copied = 0
        var index = 0
        let count = bytes.count
        while index < count {
            let byte = start.load(fromByteOffset: index, as: UInt8.self)
            if byte >= 0x20 && byte != 0x22 && byte != 0x5C {
                index &+= 1
                continue
            }
            append(start + copied, index - copied)
            appendEscape(byte)
            index &+= 1
            copied = index
        }
        append(start + copied, count - copied)
    }

    private func appendEscape(_ byte: UInt8) {
        switch byte {
        case 0x22: append("\\\"")
        case 0x5C: append("\\\\")
        case 0x0A: append("\\n")
        case 0x0D: append("\\r")
        case 0x09: append("\\t")
        default:
            append("\\u00")
            append(hexDigits: byte, GrowingBuffer.lowerDigits)
        }
    }

    /// Appends JSON text without the white space between its tokens.
    func appendCompacted(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        var copied = 0
        var inString = false
        var index = 0
        while index < bytes.count {
            let byte = start.load(fromByteOffset: index, as: UInt8.self)
            if inString {
                if byte == 0x5C { index += 1 } else if byte == 0x22 { inString = false }
            } else if byte == 0x22 {
                inString = true
            } else if byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
                append(start + copied, index - copied)
                copied = index + 1
            }
            index += 1
        }
        if copied < bytes.count { append(start + copied, bytes.count - copied) }
    }

    /// Upper-case hexadecimal digits.
    func appendHex(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes { append(hexDigits: byte, GrowingBuffer.upperDigits) }
    }

    /// A BIT value: the first byte says how many leading bits of the second are padding.
    func appendBits(_ bytes: UnsafeRawBufferPointer) {
        guard let padding = bytes.first else { return }
        for position in Int(padding)..<max(Int(padding), (bytes.count - 1) * 8) {
            let bit = bytes[1 + position / 8] >> UInt8(7 - position % 8) & 1
            append(byte: UInt8(ascii: "0") + bit)
        }
    }

    func append(uuid value: UInt128) {
        for index in 0..<16 {
            if index == 4 || index == 6 || index == 8 || index == 10 { append(byte: UInt8(ascii: "-")) }
            append(hexDigits: UInt8(truncatingIfNeeded: value >> UInt128(8 * (15 - index))), GrowingBuffer.lowerDigits)
        }
    }

    @inline(__always)
    private func append(hexDigits byte: UInt8, _ digits: StaticString) {
        let target = reserve(2)
        target.storeBytes(of: digits.utf8Start[Int(byte >> 4)], as: UInt8.self)
        target.storeBytes(of: digits.utf8Start[Int(byte & 15)], toByteOffset: 1, as: UInt8.self)
        commit(2)
    }

    private static let upperDigits: StaticString = "0123456789ABCDEF"
    private static let lowerDigits: StaticString = "0123456789abcdef"
}
