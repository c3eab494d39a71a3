/// Builds one FlatBuffers message, back to front, as the format asks: children before parents.
///
/// Positions are counted from the end of the buffer, so that they stay true while it grows at the front.
/// Source: https://flatbuffers.dev/internals
struct FlatBufferBuilder {
    /// A finished object, by its distance from the end.
    typealias Offset = Int

    private var bytes = [UInt8](repeating: 0, count: 1024)
    private var head = 1024
    private var largestAlignment = 4
    private var slots: [(slot: Int, position: Int)] = []
    private var tableStart = 0

    private var size: Int { bytes.count - head }

    // MARK: Raw

    private mutating func makeRoom(_ count: Int) {
        guard head < count else { return }
        let grown = max(bytes.count * 2, bytes.count + count)
        var larger = [UInt8](repeating: 0, count: grown)
        larger.replaceSubrange((grown - size)..<grown, with: bytes[head...])
        head = grown - size
        bytes = larger
    }

    /// Pads so that after `extra` more bytes the position is a multiple of `alignment`.
    private mutating func align(_ alignment: Int, extra: Int = 0) {
        largestAlignment = max(largestAlignment, alignment)
        let padding = (alignment - (size + extra) % alignment) % alignment
        makeRoom(padding)
        for _ in 0..<padding {
            head -= 1
            bytes[head] = 0
        }
    }

    private mutating func place<Value: FixedWidthInteger>(_ value: Value) {
        let count = MemoryLayout<Value>.size
        makeRoom(count)
        head -= count
        withUnsafeBytes(of: value.littleEndian) { source in
            for index in 0..<count { bytes[head + index] = source[index] }
        }
    }

    private mutating func placeReference(_ target: Offset) {
        align(4)
        place(UInt32(size - target + 4))
    }

    // MARK: Strings and vectors

    mutating func string(_ text: String) -> Offset {
        let utf8 = Array(text.utf8)
        align(4, extra: utf8.count + 1)
        place(UInt8(0))
        makeRoom(utf8.count)
        head -= utf8.count
        bytes.replaceSubrange(head..<head + utf8.count, with: utf8)
        place(UInt32(utf8.count))
        return size
    }

    mutating func vector(of objects: [Offset]) -> Offset {
        align(4, extra: objects.count * 4)
        for object in objects.reversed() { placeReference(object) }
        place(UInt32(objects.count))
        return size
    }

    /// A vector of structs of two 64-bit integers: Arrow's FieldNode and Buffer.
    mutating func vector(ofPairs pairs: [(Int64, Int64)]) -> Offset {
        align(4, extra: pairs.count * 16)
        align(8, extra: pairs.count * 16)
        for pair in pairs.reversed() {
            place(pair.1)
            place(pair.0)
        }
        place(UInt32(pairs.count))
        return size
    }

    // MARK: Tables

    mutating func startTable() {
        slots = []
        tableStart = size
    }

    /// Adds a number, also where it is the schema's default.
    mutating func add<Value: FixedWidthInteger>(_ slot: Int, _ value: Value) {
        align(MemoryLayout<Value>.size)
        place(value)
        slots.append((slot, size))
    }

    mutating func add(_ slot: Int, reference: Offset) {
        placeReference(reference)
        slots.append((slot, size))
    }

    mutating func endTable() -> Offset {
        align(4)
        place(Int32(0))
        let table = size
        var entries = [UInt16](repeating: 0, count: (slots.map(\.slot).max() ?? -1) + 1)
        for (slot, position) in slots { entries[slot] = UInt16(table - position) }
        for entry in entries.reversed() { place(entry) }
        place(UInt16(table - tableStart))
        place(UInt16((entries.count + 2) * 2))
        let distance = Int32(size - table)
        let position = bytes.count - table
        withUnsafeBytes(of: distance.littleEndian) { source in
            for index in 0..<4 { bytes[position + index] = source[index] }
        }
        return table
    }

    /// Ends the message with its root and returns its bytes.
    mutating func finish(root: Offset) -> ArraySlice<UInt8> {
        align(largestAlignment, extra: 4)
        placeReference(root)
        return bytes[head...]
    }
}
