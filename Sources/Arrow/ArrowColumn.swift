import Types

/// Collects the values of one column for the next record batch.
///
/// Append the values of some rows, then their validity; or values only, where none is NULL. A NULL row takes the room
/// of a value (any bytes; for texts an empty one). Threads: one at a time.
package final class ArrowColumn {
    package let field: ArrowField
    /// Fixed-width values, bits of bool, or offsets of texts.
    let main = GrowingBuffer()
    /// The bytes of texts.
    package let content = GrowingBuffer()
    let validity = GrowingBuffer()
    /// The fields of a struct.
    package let children: [ArrowColumn]
    /// Rows whose validity is known.
    private(set) var validityRows = 0
    private(set) var nullCount = 0
    private var bitCount = 0

    init(_ field: ArrowField) {
        self.field = field
        if case .struct(let fields) = field.type { children = fields.map(ArrowColumn.init) } else { children = [] }
        startBatch()
    }

    func startBatch() {
        for buffer in [main, content, validity] { buffer.removeAll() }
        validityRows = 0
        nullCount = 0
        bitCount = 0
        if field.type == .utf8 || field.type == .binary { main.append(repeating: 0, 4) }
        for child in children { child.startBatch() }
    }

    /// Bytes of the batch so far.
    var byteCount: Int {
        main.count + content.count + validity.count + children.reduce(0) { $0 + $1.byteCount }
    }

    // MARK: Values

    /// Appends fixed-width values that lie in memory as Arrow wants them.
    package func appendFixed(_ source: UnsafeRawPointer, byteCount: Int) {
        main.append(source, byteCount)
    }

    /// Room for `count` fixed-width values, which the caller fills all.
    package func addFixed<Value: BitwiseCopyable>(_ count: Int, as _: Value.Type) -> UnsafeMutablePointer<Value> {
        let byteCount = count * MemoryLayout<Value>.stride
        let start = main.reserve(byteCount)
        main.commit(byteCount)
        return start.assumingMemoryBound(to: Value.self)
    }

    /// Appends booleans, one byte each, not 0 for true.
    package func appendBools(_ source: UnsafePointer<UInt8>, _ count: Int) {
        let needed = (bitCount + count + 7) / 8
        if main.count < needed { main.append(repeating: 0, needed - main.count) }
        let bits = main.start
        for row in 0..<count where source[row] != 0 {
            let position = bitCount + row
            bits[position >> 3] |= 1 << UInt8(position & 7)
        }
        bitCount += count
    }

    /// Ends a text whose bytes were appended to ``content``; called once a row, also for NULL.
    ///
    /// - Throws: `limitExceeded` when the texts of a batch are longer than 2 GiB.
    package func endText() throws {
        guard let end = Int32(exactly: content.count) else { throw ArrowColumn.tooLong }
        main.reserve(4).storeBytes(of: end.littleEndian, as: Int32.self)
        main.commit(4)
    }

    /// Appends `count` texts at once.
    ///
    /// - Parameters:
    ///   - byteCount: Length of all the texts together.
    ///   - copy: Copies the next text to the given place and returns its length.
    /// - Throws: as ``endText()``.
    @inlinable
    package func appendTexts(_ count: Int, byteCount: Int, _ copy: (Int, UnsafeMutableRawPointer) -> Int) throws {
        let offsets = try startTexts(count, byteCount: byteCount)
        let start = content.count
        let target = content.reserve(byteCount + 16)
        var length = 0
        for row in 0..<count {
            length += copy(row, target + length)
            offsets[row] = Int32(truncatingIfNeeded: start + length)
        }
        content.commit(length)
    }

    @usableFromInline
    func startTexts(_ count: Int, byteCount: Int) throws -> UnsafeMutablePointer<Int32> {
        guard content.count + byteCount <= Int(Int32.max) else { throw ArrowColumn.tooLong }
        return addFixed(count, as: Int32.self)
    }

    private static var tooLong: RegistryError {
        RegistryError(.limitExceeded, "The texts of one column of a result are longer than 2 GiB in one batch.")
    }

    // MARK: Validity

    /// Says which of the `count` rows appended last are not NULL, by a bitmap of 64-bit words; nil means all.
    package func appendValidity(_ words: UnsafePointer<UInt64>?, _ count: Int) {
        defer { validityRows += count }
        guard let words else {
            if nullCount > 0 { growValidity(count) }
            return
        }
        var valid = 0
        for index in 0..<(count / 64) { valid += words[index].nonzeroBitCount }
        if count % 64 > 0 { valid += (words[count / 64] & ((1 << UInt64(count % 64)) - 1)).nonzeroBitCount }
        guard nullCount > 0 || valid < count else { return }
        growValidity(count)
        nullCount += count - valid
        guard valid < count else { return }
        let bits = validity.start
        for word in 0..<((count + 63) / 64) where words[word] != .max {
            for row in (word * 64)..<min(count, word * 64 + 64) where (words[word] >> UInt64(row & 63)) & 1 == 0 {
                let position = validityRows + row
                bits[position >> 3] &= ~(1 << UInt8(position & 7))
            }
        }
    }

    /// Says whether the row appended last is not NULL.
    package func appendValidity(_ isValid: Bool) {
        withUnsafePointer(to: isValid ? 1 : 0) { appendValidity($0, 1) }
    }

    /// Makes the bitmap long enough for `count` more rows, all valid until told otherwise.
    private func growValidity(_ count: Int) {
        let needed = (validityRows + count + 7) / 8
        if validity.count < needed { validity.append(repeating: 0xFF, needed - validity.count) }
    }
}
