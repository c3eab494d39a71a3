/// A run of values of one argument, borrowed from the caller for the time of one `append`.
///
/// The layout is that of a flat DuckDB vector, so its pointers can be given as they are.
package struct InputColumn {
    package let kind: ColumnKind
    /// `width` bytes per row; for text, binary and JSON an array of `duckdb_string_t` (16 bytes each). Values of NULL
    /// rows are never looked at. nil only for `absent`.
    package let data: UnsafeRawPointer?
    /// One bit per row in 64-bit words, 1 for a value, 0 for NULL; nil where no row is NULL.
    package let validity: UnsafePointer<UInt64>?

    package init(kind: ColumnKind, data: UnsafeRawPointer, validity: UnsafePointer<UInt64>?) {
        self.kind = kind
        self.data = data
        self.validity = validity
    }

    private init() {
        kind = .absent
        data = nil
        validity = nil
    }

    /// A parameter that the call left out: the model's default applies.
    package static let absent = InputColumn()
}

extension InputColumn: @unchecked Sendable {}  // a borrowed view; `absent` is the only one that is ever stored

/// What the columns of one batch point into; lives as long as any of them.
final class OutputMemory: @unchecked Sendable {  // written only while it is made
    private let segment: PooledSegment
    private var owned: [UnsafeMutableRawPointer] = []

    init(_ segment: PooledSegment) { self.segment = segment }

    func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        let pointer = UnsafeMutableRawPointer.allocate(byteCount: max(1, size), alignment: 64)
        owned.append(pointer)
        return pointer
    }

    deinit {
        for pointer in owned { pointer.deallocate() }
    }
}

/// One output of a batch. Its pointers are good as long as the column, or the batch, is kept.
package struct OutputColumn: @unchecked Sendable {  // immutable memory
    let memory: OutputMemory
    package let kind: ColumnKind
    package let rows: Int
    /// `width` bytes per row, aligned to 64 bytes; for variable kinds the offsets: rows + 1 signed 64-bit numbers.
    let data: UnsafeRawPointer
    /// One bit per row in 64-bit words, 1 for a value; nil where no row is NULL.
    package let validity: UnsafePointer<UInt64>?
    /// The bytes of a variable column, the server's own copy; UTF-8 was checked for text and JSON.
    let bytes: UnsafeRawBufferPointer

    /// The values of a column of fixed width: `rows` values of the kind's width. NULL rows hold anything.
    package var values: UnsafeRawPointer { data }

    /// Whether the value of a row is NULL.
    package func isNull(_ row: Int) -> Bool {
        guard let validity else { return false }
        return validity[row >> 6] & (1 << UInt64(row & 63)) == 0
    }

    /// The bytes of a row's text, binary or JSON; empty for NULL.
    package func bytes(_ row: Int) -> UnsafeRawBufferPointer {
        let offsets = data.assumingMemoryBound(to: Int64.self)
        return UnsafeRawBufferPointer(rebasing: bytes[Int(offsets[row])..<Int(offsets[row + 1])])
    }

    /// A row's text or JSON, nil for NULL.
    package func string(_ row: Int) -> String? {
        isNull(row) ? nil : String(decoding: bytes(row), as: UTF8.self)
    }

    /// The numbers of a column of fixed width, as the Swift type of equal width.
    package func numbers<Number>(as type: Number.Type) -> UnsafeBufferPointer<Number> {
        precondition(MemoryLayout<Number>.size == kind.width, "the type's width must be the column's")
        return UnsafeBufferPointer(start: data.assumingMemoryBound(to: type), count: rows)
    }
}

/// What a model returned for one batch. Holds on to the shared memory that it came in; release it early.
///
/// Columns stand in the order of the method's outputs; a method without known outputs has one JSON column.
package struct OutputBatch: Sendable {
    /// Rows of each column; equal to the input's but for methods over partitions.
    package let rows: Int
    package let columns: [OutputColumn]
    /// Rows that each partition gave, in order; empty where the method does not handle partitions.
    package let partitions: [Int]
    /// Processor time that the model's call took in the worker.
    package let cpuSeconds: Double
    /// Whether the estimator in the package was called directly, without the handler.
    package let usedEstimator: Bool
}
