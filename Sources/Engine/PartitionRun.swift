import DuckDB
import Inference
import Types

/// Streams sorted rows through a method over partitions: whole partitions, several of them in a batch.
///
/// The calling thread fills batches; up to `lanes` of them are in workers at once.
struct PartitionRun: Sendable {
    let call: BatchRun.Call
    /// Rows of a batch that holds several partitions; a larger partition has a batch of its own.
    let batchRows: Int
    /// Most batches in workers at once.
    let lanes: Int

    /// A filled batch on its way from the thread that filled it to the one that runs it.
    private struct Handover: @unchecked Sendable {  // given away whole: the filling thread keeps no reference
        let builder: BatchBuilder
    }

    /// The partitions of one batch.
    private struct Plan {
        /// The number of the first partition.
        let first: Int
        var sizes: [Int] = []
        var rows: Int { sizes.reduce(0, +) }
    }

    /// Runs all partitions.
    ///
    /// - Parameters:
    ///   - rows: the arguments, one partition after the other.
    ///   - sizes: rows of each partition.
    /// - Returns: chunks of two columns, the number of the partition (from 0) and the outputs, in the partitions' order.
    /// - Throws: `limitExceeded` for a partition that no batch can hold; the first error of a worker.
    func run(_ rows: QueryResult, sizes: [Int]) throws -> [DataChunk] {
        if let large = sizes.max(), large > BatchBuilder.maximumRows {
            throw RegistryError(
                .limitExceeded,
                "A partition has \(large) rows: a method over partitions takes at most \(BatchBuilder.maximumRows) at once.",
                hint: "Partition by a column with more values.")
        }
        let lanes = BatchLanes(lanes: self.lanes)
        var source = RowSource(rows)
        do {
            for plan in plans(sizes) where !lanes.hasFailed {
                let builder = try call.method.method().makeBatch(capacity: plan.rows)
                try source.fill(builder, rows: plan.rows, kinds: call.shape.arguments)
                let filled = Handover(builder: builder)
                lanes.submit { try run(filled.builder, plan) }
            }
        } catch {
            return try lanes.finish(error)
        }
        return try lanes.finish()
    }

    private func plans(_ sizes: [Int]) -> [Plan] {
        var plans: [Plan] = []
        var rows = 0
        for (number, size) in sizes.enumerated() {
            if plans.isEmpty || rows + size > batchRows {
                plans.append(Plan(first: number))
                rows = 0
            }
            plans[plans.count - 1].sizes.append(size)
            rows += size
        }
        return plans
    }

    private func run(_ builder: BatchBuilder, _ plan: Plan) throws -> [DataChunk] {
        let output = try call.method.run(builder, partitions: plan.sizes)
        guard output.partitions.count == plan.sizes.count else {
            throw RegistryError(.internal, "A worker gave the rows of \(output.partitions.count) partitions for \(plan.sizes.count).")
        }
        let numbers = zip(plan.first..., output.partitions).flatMap { repeatElement(Int64($0), count: $1) }
        return try stride(from: 0, to: output.rows, by: DataChunk.capacity).map { start in
            let end = min(start + DataChunk.capacity, output.rows)
            let chunk = try DataChunk(types: [.bigint, call.shape.result.duckType])
            chunk.vector(0).values(as: Int64.self).update(from: Array(numbers[start..<end]), count: end - start)
            try call.shape.result.write(output, rows: start..<end, to: chunk.vector(1))
            chunk.rowCount = end - start
            return chunk
        }
    }
}

/// Takes rows out of a result in portions of any size.
private struct RowSource {
    private let rows: QueryResult
    private var chunk: DataChunk?
    private var taken = 0

    init(_ rows: QueryResult) { self.rows = rows }

    mutating func fill(_ builder: BatchBuilder, rows wanted: Int, kinds: [ColumnKind]) throws {
        var missing = wanted
        while missing > 0 {
            if chunk.map({ taken == $0.rowCount }) ?? true {
                chunk = try rows.nextChunk()
                taken = 0
            }
            guard let chunk else { throw RegistryError(.internal, "The partitions have fewer rows than counted.") }
            let count = min(missing, chunk.rowCount - taken)
            let slice = chunk.inputColumns(from: 0, kinds: kinds).map { Slice($0, from: taken, count: count) }
            try withExtendedLifetime(slice) { try builder.append(slice.map(\.column), rows: count) }
            taken += count
            missing -= count
        }
    }
}

/// Some rows of a column. Its column is good as long as the slice.
private final class Slice {
    let column: InputColumn
    private let words: UnsafeMutablePointer<UInt64>?

    init(_ column: InputColumn, from start: Int, count: Int) {
        guard let data = column.data else {
            words = nil
            self.column = column
            return
        }
        words = column.validity.map { Slice.bits(of: $0, from: start, count: count) }
        self.column = InputColumn(
            kind: column.kind, data: data + start * (column.kind.isVariable ? 16 : column.kind.width),
            validity: words.map { UnsafePointer($0) })
    }

    deinit { words?.deallocate() }

    /// The bits from `start` on, moved to the beginning.
    private static func bits(
        of words: UnsafePointer<UInt64>, from start: Int, count: Int
    ) -> UnsafeMutablePointer<UInt64> {
        let size = max(1, (count + 63) / 64)
        let last = (start + count - 1) / 64
        let moved = UnsafeMutablePointer<UInt64>.allocate(capacity: size)
        let (word, bit) = (start / 64, UInt64(start % 64))
        for index in 0..<size {
            let low = word + index <= last ? words[word + index] >> bit : 0
            let high = bit > 0 && word + index + 1 <= last ? words[word + index + 1] << (64 - bit) : 0
            moved[index] = low | high
        }
        return moved
    }
}
