import CNative
import Types

/// Where the elements of one row of a LIST or MAP lie in the child vector.
@frozen
package struct ListEntry {
    package var offset: UInt64
    package var length: UInt64

    @inlinable
    package init(offset: UInt64, length: UInt64) {
        self.offset = offset
        self.length = length
    }

    @inlinable
    package var range: Range<Int> { Int(offset)..<Int(offset &+ length) }
}

/// One column of a chunk, flat: an array of values and a bitmap of those that are not NULL.
///
/// Layout by type: BOOLEAN one byte; integers, FLOAT and DOUBLE their own width; DECIMAL Int16, Int32, Int64 or Int128
/// by width (to 4, 9, 18, 38 digits); HUGEINT Int128; DATE Int32 days; TIME and TIMESTAMP Int64 microseconds
/// (TIMESTAMP_S, _MS and _NS in their units); INTERVAL `(months Int32, days Int32, micros Int64)`; UUID Int128 with
/// the top bit flipped; ENUM UInt8, UInt16 or UInt32 by the number of members; VARCHAR, JSON, BLOB and BIT strings of
/// 16 bytes; LIST and MAP ``ListEntry``; STRUCT and ARRAY nothing but their children. What stands where a row is NULL
/// is undefined.
///
/// Pointers, ``Validity`` and ``StringColumn`` don't keep the memory alive: hold the chunk in a variable while using
/// them, and take none from a temporary (`result.nextChunk()?.vector(0).strings` is wrong). Source:
/// https://duckdb.org/docs/stable/clients/c/vector
package struct Vector {
    let handle: duck_vector
    package let type: LogicalType
    /// What keeps the memory alive: the chunk, or nothing for a scalar function's vectors.
    private let owner: AnyObject?

    init(_ handle: duck_vector, _ type: LogicalType, owner: AnyObject?) {
        self.handle = handle
        self.type = type
        self.owner = owner
    }

    /// The values, to read or to write. `Value` must have the layout of the column's type.
    ///
    /// STRUCT and ARRAY have no values of their own: the pointer is not for use then.
    package func values<Value: BitwiseCopyable>(as _: Value.Type) -> UnsafeMutablePointer<Value> {
        (duck_vector_get_data(handle) ?? Vector.nothing).assumingMemoryBound(to: Value.self)
    }

    /// Stands for the values of types without any; never read.
    private static nonisolated(unsafe) let nothing = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 16)

    /// The strings (VARCHAR, JSON, BLOB, BIT), without copying.
    package var strings: StringColumn { StringColumn(UnsafeRawPointer(values(as: UInt8.self))) }

    /// The bitmap: bit `row % 64` of word `row / 64` is set where the row is not NULL. Nil where none is NULL.
    package var validity: Validity { Validity(duck_vector_get_validity(handle)) }

    /// LIST and MAP: the rows' ranges in ``listChild``.
    package var listEntries: UnsafeMutablePointer<ListEntry> { values(as: ListEntry.self) }

    /// LIST: the elements. MAP: the entries, a STRUCT of key and value.
    package var listChild: Vector {
        let child: LogicalType =
            switch type {
            case .list(let element): element
            case .map(let key, let value): .struct([Field("key", key), Field("value", value)])
            default: .unknown(0)
            }
        return Vector(duck_list_vector_get_child(handle), child, owner: owner)
    }

    /// LIST and MAP: number of elements of all rows together.
    package var listChildCount: Int { Int(duck_list_vector_get_size(handle)) }

    /// ARRAY: the elements; row `r` of an ARRAY of `n` has `r * n ..< (r + 1) * n`.
    package var arrayChild: Vector {
        guard case .array(let element, _) = type else { return self }
        return Vector(duck_array_vector_get_child(handle), element, owner: owner)
    }

    /// STRUCT: a field's values, of as many rows as the vector. UNION: 0 is the tag (UTINYINT), then the members.
    package func structChild(_ index: Int) -> Vector {
        let child: LogicalType =
            switch type {
            case .struct(let fields): fields[index].type
            case .union(let members): index == 0 ? .utinyint : members[index - 1].type
            default: .unknown(0)
            }
        return Vector(duck_struct_vector_get_child(handle, UInt64(index)), child, owner: owner)
    }
}

/// Which rows of a vector are not NULL.
@frozen
package struct Validity {
    /// Nil where no row is NULL.
    package let words: UnsafeMutablePointer<UInt64>?

    @inlinable
    package init(_ words: UnsafeMutablePointer<UInt64>?) { self.words = words }

    /// Whether the row is not NULL.
    @inlinable @inline(__always)
    package subscript(row: Int) -> Bool {
        guard let words else { return true }
        return (words[row >> 6] >> UInt64(row & 63)) & 1 != 0
    }
}

/// The strings of a vector: 16 bytes each, up to 12 bytes of text in place and longer ones by pointer.
@frozen
package struct StringColumn {
    @usableFromInline let base: UnsafeRawPointer

    @inlinable
    package init(_ base: UnsafeRawPointer) { self.base = base }

    /// The row's bytes, in place: valid while the chunk lives. Undefined where the row is NULL.
    @inlinable @inline(__always)
    package subscript(row: Int) -> UnsafeRawBufferPointer {
        let string = base + row &* 16
        let length = Int(string.load(as: UInt32.self))
        if length <= 12 { return UnsafeRawBufferPointer(start: string + 4, count: length) }
        let bytes = string.load(fromByteOffset: 8, as: UnsafeRawPointer.self)
        return UnsafeRawBufferPointer(start: bytes, count: length)
    }

    /// A copy of the row's text; bytes that are not UTF-8 are replaced.
    package func text(_ row: Int) -> String { String(decoding: self[row], as: UTF8.self) }
}
