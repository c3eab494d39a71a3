import Foundation
import Types

#if canImport(Glibc)
    import Glibc
#endif

/// Turns a worker's answer into columns, trusting nothing of it: places must lie in the segment, offsets must rise and
/// stay in bounds, text must be UTF-8.
struct OutputReader {
    private let result: ResultMessage
    private let segment: PooledSegment
    private let method: LoadedMethod
    private let expectedRows: Int?

    init(_ result: ResultMessage, _ segment: PooledSegment, _ method: LoadedMethod, expectedRows: Int?) {
        self.result = result
        self.segment = segment
        self.method = method
        self.expectedRows = expectedRows
    }

    /// - Throws: `modelFailed` where the answer is not one that our worker gives.
    func batch() throws -> OutputBatch {
        let kinds = method.outputKinds
        if let expectedRows, expectedRows != result.rows {
            throw RegistryError(
                .modelFailed,
                "The model returned \(result.rows) rows for \(expectedRows) \(WorkerFailure.place(method.key)).",
                detail: ["code": WorkerFailure.pythonErrorCode])
        }
        guard result.columns.map(\.kind) == kinds,
            result.partitions.isEmpty || result.partitions.reduce(0, +) == result.rows
        else { throw malformed("its shape is not the method's") }
        let memory = OutputMemory(segment)
        return OutputBatch(
            rows: result.rows, columns: try result.columns.map { try column($0, memory) },
            partitions: result.partitions, cpuSeconds: result.cpuSeconds, usedEstimator: result.usedEstimator)
    }

    private func column(_ place: ColumnPlace, _ memory: OutputMemory) throws -> OutputColumn {
        var validity: UnsafePointer<UInt64>?
        if let offset = place.validity {
            try check(offset, (result.rows + 63) / 64 * 8)
            validity = UnsafePointer((segment.base + offset).assumingMemoryBound(to: UInt64.self))
        }
        guard place.kind.isVariable else {
            try check(place.data, result.rows * place.kind.width)
            return OutputColumn(
                memory: memory, kind: place.kind, rows: result.rows, data: segment.base + place.data,
                validity: validity,
                bytes: UnsafeRawBufferPointer(start: nil, count: 0))
        }
        try check(place.data, (result.rows + 1) * 8)
        try check(place.bytes, place.byteCount)
        // Copied before they are checked, since the worker can still write the segment.
        let offsetSize = (result.rows + 1) * 8
        let copy = memory.allocate(offsetSize + place.byteCount)
        memcpy(copy, segment.base + place.data, offsetSize)
        memcpy(copy + offsetSize, segment.base + place.bytes, place.byteCount)
        let offsets = copy.assumingMemoryBound(to: Int64.self)
        let bytes = UnsafeRawBufferPointer(start: copy + offsetSize, count: place.byteCount)
        guard offsets[0] == 0, offsets[result.rows] == Int64(place.byteCount) else { throw malformed("its offsets") }
        for row in 0..<result.rows where offsets[row + 1] < offsets[row] { throw malformed("its offsets") }
        if place.kind != .binary { try checkText(bytes, offsets) }
        return OutputColumn(
            memory: memory, kind: place.kind, rows: result.rows, data: copy, validity: validity, bytes: bytes)
    }

    private func check(_ offset: Int, _ size: Int) throws {
        guard offset % 8 == 0, offset + size <= segment.size else { throw malformed("its places") }
    }

    private func checkText(_ bytes: UnsafeRawBufferPointer, _ offsets: UnsafePointer<Int64>) throws {
        var isASCII = true
        for byte in bytes where byte >= 0x80 {
            isASCII = false
            break
        }
        if isASCII { return }
        for row in 0..<result.rows {
            let value = bytes[Int(offsets[row])..<Int(offsets[row + 1])]
            guard String(validating: value, as: UTF8.self) != nil else { throw malformed("a text that is not UTF-8") }
        }
    }

    private func malformed(_ what: String) -> RegistryError {
        RegistryError(
            .modelFailed,
            "The worker process gave a malformed answer (\(what)) \(WorkerFailure.place(method.key)).",
            detail: ["code": WorkerFailure.pythonErrorCode])
    }
}
