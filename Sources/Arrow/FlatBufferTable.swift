import Types

/// A table of a FlatBuffers message, read with every position checked.
///
/// Source: https://flatbuffers.dev/internals
struct FlatBufferTable {
    private let message: ArraySlice<UInt8>
    private var position: Int

    /// The root table of a message.
    init(root message: ArraySlice<UInt8>) throws {
        self.message = message
        position = 0
        position = try reference(at: 0)
    }

    private init(_ message: ArraySlice<UInt8>, at position: Int) {
        self.message = message
        self.position = position
    }

    // MARK: Slots

    func integer<Value: FixedWidthInteger>(_ slot: Int, or missing: Value) throws -> Value {
        try place(slot).map { try load($0) } ?? missing
    }

    func table(_ slot: Int) throws -> FlatBufferTable? {
        try place(slot).map { FlatBufferTable(message, at: try reference(at: $0)) }
    }

    func string(_ slot: Int) throws -> String? {
        guard let place = try place(slot) else { return nil }
        let start = try reference(at: place)
        let count = Int(try load(start) as UInt32)
        return String(decoding: try slice(start + 4, count), as: UTF8.self)
    }

    func tables(_ slot: Int) throws -> [FlatBufferTable] {
        guard let (start, count) = try vector(slot, elementSize: 4) else { return [] }
        return try (0..<count).map { FlatBufferTable(message, at: try reference(at: start + 4 * $0)) }
    }

    /// A vector of structs of two 64-bit integers.
    func pairs(_ slot: Int) throws -> [(Int64, Int64)] {
        guard let (start, count) = try vector(slot, elementSize: 16) else { return [] }
        return try (0..<count).map { (try load(start + 16 * $0), try load(start + 16 * $0 + 8)) }
    }

    // MARK: Positions

    private func vector(_ slot: Int, elementSize: Int) throws -> (start: Int, count: Int)? {
        guard let place = try place(slot) else { return nil }
        let start = try reference(at: place)
        let count = Int(try load(start) as UInt32)
        _ = try slice(start + 4, count * elementSize)
        return (start + 4, count)
    }

    /// Where the slot's value lies; nil where the table has none.
    private func place(_ slot: Int) throws -> Int? {
        let distance: Int32 = try load(position)
        let table = position - Int(distance)
        let length: UInt16 = try load(table)
        guard 4 + slot * 2 + 2 <= Int(length) else { return nil }
        let offset: UInt16 = try load(table + 4 + slot * 2)
        return offset == 0 ? nil : position + Int(offset)
    }

    private func reference(at position: Int) throws -> Int {
        position + Int(try load(position) as UInt32)
    }

    private func load<Value: FixedWidthInteger>(_ position: Int) throws -> Value {
        let bytes = try slice(position, MemoryLayout<Value>.size)
        return bytes.withUnsafeBytes { Value(littleEndian: $0.loadUnaligned(as: Value.self)) }
    }

    private func slice(_ position: Int, _ count: Int) throws -> ArraySlice<UInt8> {
        guard position >= 0, count >= 0, position <= message.count, count <= message.count - position else {
            throw RegistryError(.corrupt, "An Arrow stream is damaged: a position lies outside its message.")
        }
        let start = message.startIndex + position
        return message[start..<start + count]
    }
}
