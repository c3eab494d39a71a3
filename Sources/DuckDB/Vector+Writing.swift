import CNative
import Types

/// Writing into a chunk's or a scalar function's output vector. Values themselves go through ``Vector/values(as:)``.
extension Vector {
    /// Stores a copy of the text.
    package func setString(_ row: Int, _ text: String) {
        var text = text
        text.withUTF8 { setBytes(row, UnsafeRawBufferPointer($0)) }
    }

    /// Stores a copy of the bytes (VARCHAR, JSON, BLOB). For VARCHAR and JSON they must be valid UTF-8.
    package func setBytes(_ row: Int, _ bytes: UnsafeRawBufferPointer) {
        bytes.withMemoryRebound(to: CChar.self) {
            duck_unsafe_vector_assign_string_element_len(handle, UInt64(row), $0.baseAddress, UInt64($0.count))
        }
    }

    /// Makes the row NULL; of a STRUCT all fields too.
    package func setNull(_ row: Int) {
        duck_vector_ensure_validity_writable(handle)
        if let words = duck_vector_get_validity(handle) { words[row >> 6] &= ~(1 << UInt64(row & 63)) }
        switch type {
        case .struct(let fields):
            for index in fields.indices { structChild(index).setNull(row) }
        case .list, .map:
            listEntries[row] = ListEntry(offset: 0, length: 0)
        default: break
        }
    }

    /// LIST and MAP: makes room for `capacity` elements of all rows together. Child vectors must be taken again after
    /// it.
    package func reserveListChild(_ capacity: Int) throws {
        guard duck_list_vector_reserve(handle, UInt64(capacity)) == 0 else {
            throw RegistryError(.limitExceeded, "A list of \(capacity) elements is too long.")
        }
    }

    /// LIST and MAP: the number of elements of all rows together, after writing them.
    package func setListChildCount(_ count: Int) {
        _ = duck_list_vector_set_size(handle, UInt64(count))
    }
}
