import Arrow
import DuckDB
import Types

/// Reads the cells of one vector, nested ones too: the vector's pointers, fetched once a chunk.
///
/// Valid while the vector's chunk lives. Threads: one at a time.
final class CellReader {
    enum Kind {
        case bool
        case int8, int16, int32, int64, int128
        case uint8, uint16, uint32, uint64, uint128
        case float, double
        /// With digits after the point; the integers of 16, 32, 64 or 128 bits.
        case decimal16(Int)
        case decimal32(Int)
        case decimal64(Int)
        case decimal128(Int)
        case text, json, blob, bit, uuid
        case date, time, timeNS, timeTZ, interval
        /// With the units of a second, and whether it names a zone.
        case timestamp(perSecond: Int64, inZone: Bool)
        case member8, member16, member32
        case list, map, structure, union
        case array(Int)
        case null
    }

    let kind: Kind
    let base: UnsafeRawPointer
    let validity: Validity
    /// Elements; key and value; fields; tag and members.
    let children: [CellReader]
    /// Names of fields as JSON keys with colon, or members of an ENUM as plain text.
    let names: [[UInt8]]
    private let vector: Vector

    /// - Throws: `unsupported` for a type whose values can't be read.
    init(_ vector: Vector) throws {
        self.vector = vector
        validity = vector.validity
        base = UnsafeRawPointer(vector.values(as: UInt8.self))
        var children: [CellReader] = []
        var names: [[UInt8]] = []
        switch vector.type {
        case .boolean: kind = .bool
        case .tinyint: kind = .int8
        case .smallint: kind = .int16
        case .integer: kind = .int32
        case .bigint: kind = .int64
        case .hugeint: kind = .int128
        case .utinyint: kind = .uint8
        case .usmallint: kind = .uint16
        case .uinteger: kind = .uint32
        case .ubigint: kind = .uint64
        case .uhugeint: kind = .uint128
        case .float: kind = .float
        case .double: kind = .double
        case .decimal(let width, let scale):
            kind =
                switch width {
                case ...4: .decimal16(scale)
                case ...9: .decimal32(scale)
                case ...18: .decimal64(scale)
                default: .decimal128(scale)
                }
        case .varchar: kind = .text
        case .json: kind = .json
        case .blob: kind = .blob
        case .bit: kind = .bit
        case .uuid: kind = .uuid
        case .date: kind = .date
        case .time: kind = .time
        case .timeNS: kind = .timeNS
        case .timeTZ: kind = .timeTZ
        case .interval: kind = .interval
        case .timestamp: kind = .timestamp(perSecond: 1_000_000, inZone: false)
        case .timestampS: kind = .timestamp(perSecond: 1, inZone: false)
        case .timestampMS: kind = .timestamp(perSecond: 1000, inZone: false)
        case .timestampNS: kind = .timestamp(perSecond: 1_000_000_000, inZone: false)
        case .timestampTZ: kind = .timestamp(perSecond: 1_000_000, inZone: true)
        case .enum(let members):
            kind = members.count <= 0xFF ? .member8 : members.count <= 0xFFFF ? .member16 : .member32
            names = members.map { Array($0.utf8) }
        case .list:
            kind = .list
            children = [try CellReader(vector.listChild)]
        case .array(_, let count):
            kind = .array(count)
            children = [try CellReader(vector.arrayChild)]
        case .map:
            kind = .map
            let entries = vector.listChild
            children = [try CellReader(entries.structChild(0)), try CellReader(entries.structChild(1))]
        case .struct(let fields):
            kind = .structure
            children = try fields.indices.map { try CellReader(vector.structChild($0)) }
            names = fields.map { CellReader.key($0.name) }
        case .union(let members):
            kind = .union
            children = try (0...members.count).map { try CellReader(vector.structChild($0)) }
        case .null: kind = .null
        case .variant, .geometry, .bignum, .any, .unknown:
            throw RegistryError(
                .unsupported, "A column of type \(vector.type.sqlName) can't be returned.", hint: "Cast it to VARCHAR.")
        }
        self.children = children
        self.names = names
    }

    @inline(__always)
    func value<Value: BitwiseCopyable>(_ row: Int, as _: Value.Type) -> Value {
        base.load(fromByteOffset: row &* MemoryLayout<Value>.stride, as: Value.self)
    }

    @inline(__always)
    func bytes(_ row: Int) -> UnsafeRawBufferPointer { StringColumn(base)[row] }

    /// Bytes of the texts in the row, and of about as much for each other value: what its own text is made of.
    func textBytes(_ row: Int) -> Int {
        guard validity[row] else { return 4 }
        switch kind {
        case .text, .json, .blob, .bit: return bytes(row).count
        case .list, .map:
            let (offset, length) = (value(2 * row, as: Int64.self), value(2 * row + 1, as: Int64.self))
            return children.reduce(0) { sum, child in
                (Int(offset)..<Int(offset + length)).reduce(sum) { $0 + child.textBytes($1) }
            }
        case .array(let count):
            return children.reduce(0) { sum, child in
                (row * count..<(row + 1) * count).reduce(sum) { $0 + child.textBytes($1) }
            }
        case .structure, .union: return children.reduce(16) { $0 + $1.textBytes(row) }
        default: return 16
        }
    }

    /// The text of an ENUM's row.
    func member(_ row: Int) -> [UInt8] {
        let index: Int =
            switch kind {
            case .member8: Int(value(row, as: UInt8.self))
            case .member16: Int(value(row, as: UInt16.self))
            default: Int(value(row, as: UInt32.self))
            }
        return index < names.count ? names[index] : []
    }

    /// `"name":`, escaped.
    private static func key(_ name: String) -> [UInt8] {
        let buffer = GrowingBuffer()
        buffer.append(byte: UInt8(ascii: "\""))
        var name = name
        name.withUTF8 { buffer.appendEscaped(UnsafeRawBufferPointer($0)) }
        buffer.append("\":")
        return Array(buffer.bytes)
    }
}
