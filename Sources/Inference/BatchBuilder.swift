import Foundation
import Types

#if canImport(Glibc)
    import Glibc
#endif

/// Gathers rows for one call of a method, straight into the memory that the worker reads. Used by one thread at a time.
///
/// Columns: the method's inputs then its parameters, in order; for a wide method the inputs may be one JSON column with
/// an object per row, which may hold the parameters too, and then the parameters' columns may be left out. Each column has the same kind in every `append` (`absent` for a parameter that was left out).
package final class BatchBuilder {
    /// Most rows of one batch.
    package static let maximumRows = 1 << 22

    /// Most rows of this batch.
    package let capacity: Int
    /// Rows so far.
    package private(set) var rows = 0
    private let method: LoadedMethod
    private var kinds: [ColumnKind] = []
    private var places: [ColumnPlace] = []
    private var heaps: [[UInt8]] = []
    private var hasNulls: [Bool] = []
    private var fixedSize = 0
    private var segment: PooledSegment?

    init(_ method: LoadedMethod, capacity: Int) {
        self.method = method
        self.capacity = capacity
    }

    /// Rows that still fit.
    package var room: Int { capacity - rows }

    /// Copies rows in, one memcpy per column of fixed width.
    ///
    /// - Throws: `invalidArgument` when the number or kinds of columns are wrong or the rows do not fit.
    package func append(_ columns: [InputColumn], rows count: Int) throws {
        guard count >= 0, count <= room else {
            throw RegistryError(.invalidArgument, "\(count) rows do not fit into a batch with room for \(room).")
        }
        if segment == nil { try layOut(columns.map(\.kind)) }
        guard let segment, columns.count == kinds.count, zip(columns, kinds).allSatisfy({ $0.kind == $1 }) else {
            throw RegistryError(
                .invalidArgument, "The columns of a batch must be of the same kinds in each run of rows.")
        }
        for (index, column) in columns.enumerated() {
            copyValidity(column.validity, of: index, count: count, to: segment.base)
            guard let data = column.data else { continue }
            if column.kind.isVariable {
                copyStrings(data, column.validity, of: index, count: count, to: segment.base)
            } else {
                let width = column.kind.width
                memcpy(segment.base + places[index].data + rows * width, data, count * width)
            }
        }
        rows += count
    }

    private func layOut(_ kinds: [ColumnKind]) throws {
        let signature = method.signature
        let expected = signature.inputs.count + signature.parameters.count
        let isObject =
            signature.isWide && kinds.first == .json
            && (kinds.count == 1 || kinds.count == 1 + signature.parameters.count)
        guard kinds.count == expected || isObject else {
            throw RegistryError(
                .invalidArgument, "\(signature.name) takes \(expected) columns, not \(kinds.count).",
                detail: ["expected": "\(expected)", "given": "\(kinds.count)"])
        }
        self.kinds = kinds
        places = []
        heaps = kinds.map { _ in [] }
        hasNulls = kinds.map { _ in false }
        var at = 0
        // First the values, column after column at even distances where the kinds are equal; then the bitmaps.
        for kind in kinds {
            places.append(ColumnPlace(kind: kind, data: at))
            at += BatchBuilder.aligned(kind.isVariable ? (capacity + 1) * 8 : capacity * kind.width)
        }
        for index in kinds.indices {
            places[index].bytes = at  // the bitmap's place, until it is known to be needed
            at += BatchBuilder.aligned(bitmapSize)
        }
        fixedSize = at
        segment = try method.segments.take(at + outputEstimate)
        for index in kinds.indices where kinds[index].isVariable {
            offsets(index, segment!.base)[0] = 0
        }
    }

    private var bitmapSize: Int { (capacity + 63) / 64 * 8 }

    /// Room for the outputs of fixed width, and a little for others.
    private var outputEstimate: Int {
        method.outputKinds.reduce(0) { sum, kind in
            sum + BatchBuilder.aligned(bitmapSize)
                + BatchBuilder.aligned(kind.isVariable ? capacity * 40 + 8 : capacity * kind.width)
        }
    }

    private static func aligned(_ size: Int) -> Int { (size + 63) & ~63 }

    private func offsets(_ index: Int, _ base: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Int64> {
        (base + places[index].data).assumingMemoryBound(to: Int64.self)
    }

    private func copyValidity(
        _ validity: UnsafePointer<UInt64>?, of index: Int, count: Int, to base: UnsafeMutableRawPointer
    ) {
        guard count > 0 else { return }
        let bitmap = (base + places[index].bytes).assumingMemoryBound(to: UInt64.self)
        if !hasNulls[index] {
            guard let validity else { return }
            let whole = count / 64
            var isFull = (0..<whole).allSatisfy { validity[$0] == ~0 }
            if isFull, count % 64 != 0 { isFull = ~validity[whole] & (1 << UInt64(count % 64) - 1) == 0 }
            if isFull { return }
            hasNulls[index] = true
            for word in 0..<(rows + 63) / 64 { bitmap[word] = ~0 }
        }
        if rows % 64 == 0 {
            let words = (count + 63) / 64
            if let validity {
                memcpy(bitmap + rows / 64, validity, words * 8)
            } else {
                for word in 0..<words { bitmap[rows / 64 + word] = ~0 }
            }
            return
        }
        for row in 0..<count {
            let bit = UInt64(1) << UInt64((rows + row) & 63)
            let isValid = validity.map { $0[row >> 6] >> UInt64(row & 63) & 1 == 1 } ?? true
            if isValid { bitmap[(rows + row) >> 6] |= bit } else { bitmap[(rows + row) >> 6] &= ~bit }
        }
    }

    private func copyStrings(
        _ data: UnsafeRawPointer, _ validity: UnsafePointer<UInt64>?, of index: Int, count: Int,
        to base: UnsafeMutableRawPointer
    ) {
        let offsets = offsets(index, base)
        var end = offsets[rows]
        for row in 0..<count {
            let isValid = validity.map { $0[row >> 6] >> UInt64(row & 63) & 1 == 1 } ?? true
            if isValid {
                // duckdb_string_t: length (u32), then up to 12 bytes inline, else 4 bytes of prefix and a pointer.
                let string = data + row * 16
                let length = Int(string.loadUnaligned(as: UInt32.self))
                let bytes =
                    length <= 12
                    ? string + 4 : string.loadUnaligned(fromByteOffset: 8, as: UnsafeRawPointer.self)
                heaps[index].append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: length))
                end += Int64(length)
            }
            offsets[rows + row + 1] = end
        }
    }

    /// Sends the rows to a worker and waits for its outputs. The batch is empty afterwards, whatever happens.
    ///
    /// - Parameters:
    ///   - partitions: rows of each partition, in order, for methods over partitions; empty for one partition.
    ///   - cancellation: ends the call at once, by killing the worker.
    /// - Throws: `modelFailed` with the model's traceback (detail `code` = 100357) or how the worker ended, `timeout`,
    ///   `cancelled`, `limitExceeded`, `unavailable`.
    package func run(partitions: [Int] = [], cancellation: Cancellation? = nil) throws -> OutputBatch {
        defer { reset() }
        if segment == nil { try layOut(emptyKinds) }
        guard var segment else { throw RegistryError(.internal, "A batch has no memory.") }
        guard partitions.isEmpty || partitions.reduce(0, +) == rows else {
            throw RegistryError(.invalidArgument, "The partitions of a batch must make up all of its rows.")
        }
        var places = places
        var at = fixedSize
        let heapSize = heaps.reduce(0) { $0 + BatchBuilder.aligned($1.count) }
        if fixedSize + heapSize + outputEstimate / 4 > segment.size {
            let larger = try method.segments.take(fixedSize + heapSize + outputEstimate)
            memcpy(larger.base, segment.base, fixedSize)
            segment = larger
        }
        for index in places.indices {
            places[index].validity = hasNulls[index] ? places[index].bytes : nil
            places[index].bytes = at
            guard kinds[index].isVariable else { continue }
            places[index].byteCount = heaps[index].count
            heaps[index].withUnsafeBytes { heap in
                if let start = heap.baseAddress { memcpy(segment.base + at, start, heap.count) }
            }
            at += BatchBuilder.aligned(heaps[index].count)
        }
        let message = PredictMessage(
            segment: segment.segment.number, rows: rows, outputOffset: at, capacity: segment.size, columns: places,
            partitions: partitions)
        return try call(message, segment, cancellation)
    }

    private var emptyKinds: [ColumnKind] {
        method.signature.inputs.map { ColumnKind($0.type) } + method.signature.parameters.map { _ in .absent }
    }

    private func call(
        _ message: PredictMessage, _ segment: PooledSegment, _ cancellation: Cancellation?
    ) throws -> OutputBatch {
        let start = ContinuousClock.now
        func seconds() -> Double { (ContinuousClock.now - start) / .seconds(1) }
        let pool = method.runtime.pool
        do {
            let (result, output) = try method.runtime.withWorker(method, cancellation) { worker in
                try worker.predict(message, in: segment, pool: method.segments, cancellation: cancellation)
            }
            let batch = try OutputReader(result, output, method, expectedRows: expectedRows(message)).batch()
            pool.count(rows: message.rows, seconds: seconds(), cpuSeconds: result.cpuSeconds, isFailure: false)
            return batch
        } catch {
            pool.count(rows: message.rows, seconds: seconds(), cpuSeconds: 0, isFailure: true)
            throw error
        }
    }

    /// Rows that the answer must have; nil where the model decides.
    private func expectedRows(_ message: PredictMessage) -> Int? {
        method.signature.isPartitioned || !message.partitions.isEmpty ? nil : message.rows
    }

    /// Drops all rows; the memory is kept for the next ones where no result holds it.
    package func reset() {
        rows = 0
        segment = nil
        kinds = []
    }
}
