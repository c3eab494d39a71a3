import CNative
import Types

/// Up to 2,048 rows, column by column.
///
/// A chunk of a result keeps that result alive; the input of a scalar function is valid only during the call.
/// Threads: one at a time.
package final class DataChunk: @unchecked Sendable {  // handed between threads, never shared
    /// Most rows of a chunk that is made by ``init(types:)``.
    package static let capacity = 2048

    let handle: duck_chunk
    package let types: [LogicalType]
    private let isOwned: Bool
    private let keptAlive: AnyObject?

    init(owning handle: duck_chunk, types: [LogicalType], keeping: AnyObject?) {
        self.handle = handle
        self.types = types
        isOwned = true
        keptAlive = keeping
    }

    init(borrowing handle: duck_chunk, types: [LogicalType]) {
        self.handle = handle
        self.types = types
        isOwned = false
        keptAlive = nil
    }

    /// An empty chunk to fill and append.
    ///
    /// - Throws: `unsupported` for a type that can't be stored (`any`, `unknown`, …).
    package init(types: [LogicalType]) throws {
        let made = try LogicalType.withHandles(types) {
            duck_create_data_chunk($0.baseAddress, UInt64($0.count))
        }
        guard let made else {
            throw RegistryError(.unsupported, "A chunk of these column types can't be made.")
        }
        handle = made
        self.types = types
        isOwned = true
        keptAlive = nil
    }

    deinit {
        guard isOwned else { return }
        var closing: duck_chunk? = handle
        duck_destroy_data_chunk(&closing)
    }

    package var columnCount: Int { types.count }

    /// Number of rows. Setting it says how many of the written rows count, at most ``capacity``.
    package var rowCount: Int {
        get { Int(duck_data_chunk_get_size(handle)) }
        set {
            precondition(newValue <= DataChunk.capacity, "a chunk has at most 2048 rows")
            duck_data_chunk_set_size(handle, UInt64(newValue))
        }
    }

    /// A column. It keeps the chunk alive.
    package func vector(_ column: Int) -> Vector {
        Vector(duck_data_chunk_get_vector(handle, UInt64(column)), types[column], owner: self)
    }

    /// Makes the chunk empty, to be filled again.
    package func reset() {
        duck_data_chunk_reset(handle)
    }
}
