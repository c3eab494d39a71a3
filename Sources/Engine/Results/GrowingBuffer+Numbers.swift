import Arrow

/// Numbers as text, written in place.
extension GrowingBuffer {
    @inline(__always)
    func append(integer value: Int64) {
        append(magnitude: value.magnitude, isNegative: value < 0)
    }

    func append(integer value: Int128) {
        if let short = Int64(exactly: value) { append(integer: short) } else { append(value.description) }
    }

    /// The shortest text that reads back as the same number; integral ones end in `.0`. `NaN`, `Infinity`, `-Infinity`.
    func append(real value: some BinaryFloatingPoint & LosslessStringConvertible) {
        if value.isFinite {
            append(value.description)
        } else if value.isNaN {
            append("NaN")
        } else {
            append(value < 0 ? "-Infinity" : "Infinity")
        }
    }

    /// `unscaled` times 10 to the power of minus `scale`, with all digits of the scale: `1.50`.
    func append(decimal unscaled: Int64, scale: Int) {
        guard scale > 0 else {
            append(integer: unscaled)
            return
        }
        if unscaled < 0 { append(byte: UInt8(ascii: "-")) }
        let power = GrowingBuffer.powers[scale]
        let (whole, fraction) = unscaled.magnitude.quotientAndRemainder(dividingBy: power)
        append(magnitude: whole, isNegative: false)
        append(byte: UInt8(ascii: "."))
        append(digits: fraction, count: scale)
    }

    func append(decimal unscaled: Int128, scale: Int) {
        if scale <= 18, let short = Int64(exactly: unscaled) {
            append(decimal: short, scale: scale)
            return
        }
        let digits = Array(unscaled.magnitude.description.utf8)
        if unscaled < 0 { append(byte: UInt8(ascii: "-")) }
        let padded = Array(repeating: UInt8(ascii: "0"), count: max(0, scale + 1 - digits.count)) + digits
        padded.withUnsafeBytes { bytes in
            append(UnsafeRawBufferPointer(rebasing: bytes[..<(padded.count - scale)]))
            if scale > 0 {
                append(byte: UInt8(ascii: "."))
                append(UnsafeRawBufferPointer(rebasing: bytes[(padded.count - scale)...]))
            }
        }
    }

    /// Exactly `count` digits, with leading zeros; `value` has no more.
    @inline(__always)
    func append(digits value: UInt64, count: Int) {
        let target = reserve(count)
        var rest = value
        var index = count - 1
        while index >= 0 {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            target.storeBytes(
                of: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit), toByteOffset: index, as: UInt8.self)
            rest = quotient
            index -= 1
        }
        commit(count)
    }

    private func append(magnitude: UInt64, isNegative: Bool) {
        var length = 1
        var bound: UInt64 = 10
        while length < 20, magnitude >= bound {
            length += 1
            if length < 20 { bound &*= 10 }
        }
        if isNegative { append(byte: UInt8(ascii: "-")) }
        append(digits: magnitude, count: length)
    }

    /// 10 to the powers 0...19.
    private static let powers: [UInt64] = (0..<20).map { (0..<$0).reduce(1) { power, _ in power * 10 } }
}
