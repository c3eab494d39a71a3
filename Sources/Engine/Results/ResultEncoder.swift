package import DuckDB
package import Types

/// Encodes a query's result into segments, in Arrow or JSON.
///
/// ```swift
/// let encoder = ResultEncoder(result, as: .arrow)
/// let rows = try encoder.encode { segment in … }   // the first segment is the inline part
/// ```
/// It reads the result once, to its end, and holds at most one segment. Threads: one at a time; it may block while a
/// streaming result runs.
package final class ResultEncoder {
    /// The columns as rowtype describes them.
    package let columns: [ResultColumn]
    private let result: QueryResult
    private let limits: ResultLimits
    private let sink: any SegmentSink

    /// - Parameter columns: Names and types to show in place of the result's own; as many as it has. The values are
    ///   encoded by the result's DuckDB types, so a type given here must suit them.
    package init(
        _ result: QueryResult, as format: ResultFormat, columns: [ResultColumn]? = nil, limits: ResultLimits = .init()
    ) {
        self.result = result
        self.limits = limits
        let described = columns ?? result.columns.map(ResultColumn.init)
        precondition(described.count == result.columns.count, "a result is described by as many columns as it has")
        self.columns = described
        let types = result.columns.map(\.type)
        switch format {
        case .arrow: sink = ArrowResultEncoder(described, types, widths: IntegerWidths(result))
        case .json: sink = JSONResultEncoder(types)
        }
    }

    /// Encodes all rows and returns their number. Without rows there is no segment.
    ///
    /// - Throws: what stops the query, `unsupported` for a type that can't be returned, and what `emit` throws.
    package func encode(_ emit: (ResultSegment) throws -> Void) throws -> Int {
        var total = 0
        var emitted = 0
        while let chunk = try result.nextChunk() {
            var start = 0
            while start < chunk.rowCount {
                let rowLimit = emitted == 0 ? limits.inlineRows : limits.chunkRows
                let byteLimit = emitted == 0 ? limits.inlineBytes : limits.chunkBytes
                let wanted = step(rowLimit: rowLimit, byteLimit: byteLimit)
                let rows = start..<min(chunk.rowCount, start + wanted)
                try sink.append(chunk, rows)
                start = rows.upperBound
                total += rows.count
                if sink.rowCount >= rowLimit || sink.byteCount >= byteLimit {
                    try emit(sink.takeSegment())
                    emitted += 1
                }
            }
        }
        if sink.rowCount > 0 { try emit(sink.takeSegment()) }
        return total
    }

    /// Rows to add at once: a multiple of 64 (as the bitmaps' words are), few where rows are long or a limit is near.
    private func step(rowLimit: Int, byteLimit: Int) -> Int {
        guard sink.rowCount > 0 else { return 64 }
        let rowBytes = max(1, sink.byteCount / sink.rowCount)
        let room = min(rowLimit - sink.rowCount, (byteLimit - sink.byteCount) / rowBytes, DataChunk.capacity)
        return max(64, (room + 63) / 64 * 64)
    }
}

/// Where rows go until they make a segment.
protocol SegmentSink: AnyObject {
    /// Rows and bytes of the segment so far.
    var rowCount: Int { get }
    var byteCount: Int { get }
    /// Adds rows of a chunk; the first is a multiple of 64.
    func append(_ chunk: DataChunk, _ rows: Range<Int>) throws
    /// Ends the segment and starts the next.
    func takeSegment() throws -> ResultSegment
}
