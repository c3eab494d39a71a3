import DuckDB
import Inference

/// Streams the arguments of one or more calls through workers in large batches; keeps the order of the rows.
///
/// The calling thread fills batches; up to `lanes` of them are in workers at once.
struct BatchRun: Sendable {
    struct Call: Sendable {
        let method: PinnedMethod
        let shape: MethodFunctions.Shape
    }

    let methods: [Call]
    /// Rows of one batch.
    let batchRows: Int
    /// Most batches in workers at once.
    let lanes: Int

    /// Filled batches on their way from the thread that filled them to the one that runs them.
    private struct Handover: @unchecked Sendable {  // given away whole: the filling thread keeps no reference
        let builders: [BatchBuilder]
    }

    /// Predicts all rows of a result that holds the arguments of all calls side by side.
    ///
    /// - Returns: chunks with one column a call, in the order of the rows.
    /// - Throws: the first error of a worker; the rest is abandoned.
    func predict(_ rows: QueryResult) throws -> [DataChunk] {
        let lanes = BatchLanes(lanes: self.lanes)
        var pending: [BatchBuilder] = []
        var count = 0

        func flush() {
            let filled = Handover(builders: pending)
            let size = count
            pending = []
            count = 0
            lanes.submit { try run(filled.builders, rows: size) }
        }
        do {
            while !lanes.hasFailed, let chunk = try rows.nextChunk() {
                if count + chunk.rowCount > batchRows, count > 0 { flush() }
                if pending.isEmpty {
                    pending = try methods.map { try $0.method.method().makeBatch(capacity: batchRows) }
                }
                var column = 0
                for (index, call) in methods.enumerated() {
                    let kinds = call.shape.arguments
                    try pending[index].append(chunk.inputColumns(from: column, kinds: kinds), rows: chunk.rowCount)
                    column += kinds.count
                }
                count += chunk.rowCount
            }
            if count > 0 { flush() }
        } catch {
            return try lanes.finish(error)
        }
        return try lanes.finish()
    }

    /// Runs one batch of every call and copies the outputs, so that the batch's memory is free again.
    private func run(_ builders: [BatchBuilder], rows: Int) throws -> [DataChunk] {
        let outputs = try zip(builders, methods).map { try $1.method.run($0) }
        let types = methods.map { $0.shape.result.duckType }
        return try stride(from: 0, to: rows, by: DataChunk.capacity).map { start in
            let end = min(start + DataChunk.capacity, rows)
            let chunk = try DataChunk(types: types)
            for (index, output) in outputs.enumerated() {
                try methods[index].shape.result.write(output, rows: start..<end, to: chunk.vector(index))
            }
            chunk.rowCount = end - start
            return chunk
        }
    }
}
