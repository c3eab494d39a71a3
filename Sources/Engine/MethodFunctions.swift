import DuckDB
import Foundation
import Inference
import Synchronization
import Types

/// Methods of models as functions of SQL: one DuckDB function per shape of arguments and outputs, one handle per call.
///
/// DuckDB can't unregister a function and can't choose its return type while binding. So a function stands for a shape
/// (argument types → outputs), and its first argument, a constant, is the handle of the method that a statement pinned.
/// Functions are VOLATILE: otherwise DuckDB would run the model while preparing a statement.
///
/// Thread-safe. The functions run on DuckDB's threads, several at once.
package final class MethodFunctions: Sendable {
    private let databases: UserDatabases
    private let names = Mutex<[Shape: String]>([:])
    private let pinned = Mutex<(next: Int64, methods: [Int64: PinnedMethod])>((1, [:]))

    package init(databases: UserDatabases) {
        self.databases = databases
    }

    /// The types a function takes and gives.
    struct Shape: Hashable, Sendable {
        let arguments: [ColumnKind]
        let result: MethodResult

        init(_ signature: MethodSignature) {
            self.init(signature, result: MethodResult(signature))
        }

        /// The shape of a table function: its outputs are told apart by place, since names may differ only in case.
        init(tableOf signature: MethodSignature) {
            let fields = signature.outputs.enumerated().map {
                MethodResult.OutputField(name: MethodResult.tableField($0), kind: ColumnKind($1.type))
            }
            self.init(signature, result: .fields(fields))
        }

        private init(_ signature: MethodSignature, result: MethodResult) {
            arguments =
                signature.isWide
                ? [.json] + signature.parameters.map { ColumnKind($0.field.type) }
                : signature.inputs.map { ColumnKind($0.type) } + signature.parameters.map { ColumnKind($0.field.type) }
            self.result = result
        }
    }

    /// The name of the function for a method's shape; it is registered on first use.
    func functionName(for signature: MethodSignature) throws -> String {
        let shape = Shape(signature)
        if let name = names.withLock({ $0[shape] }) { return name }
        return try databases.withService { connection in
            if let name = names.withLock({ $0[shape] }) { return name }
            let name = "roost_method_\(names.withLock { $0.count })"
            try ScalarFunction.register(
                on: connection, name: name, arguments: [.bigint] + shape.arguments.map(\.duckType),
                returns: shape.result.duckType, isVolatile: true, handlesNulls: true
            ) { [weak self] input, output in
                guard input.rowCount > 0 else { return }
                let handle = input.vector(0).values(as: Int64.self)[0]
                guard let method = self?.pinned.withLock({ $0.methods[handle] }) else {
                    throw RegistryError(.internal, "The method behind handle \(handle) is no longer pinned.")
                }
                try method.predict(input, firstColumn: 1, kinds: shape.arguments, result: shape.result, into: output)
            }
            names.withLock { $0[shape] = name }
            return name
        }
    }

    /// Keeps a method for a statement; gives the handle that stands for it in SQL.
    func pin(_ method: PinnedMethod) -> Int64 {
        pinned.withLock { pinned in
            pinned.next += 1
            pinned.methods[pinned.next] = method
            return pinned.next
        }
    }

    func method(_ handle: Int64) -> PinnedMethod? { pinned.withLock { $0.methods[handle] } }

    func unpin(_ handle: Int64) { pinned.withLock { _ = $0.methods.removeValue(forKey: handle) } }
}

/// What a method's function gives back.
enum MethodResult: Hashable, Sendable {
    /// The single output, bare.
    case bare(ColumnKind)
    /// A STRUCT with one field an output.
    case fields([OutputField])
    /// One JSON object, where the outputs are not known beforehand or their names differ only in case.
    case json([OutputField])

    struct OutputField: Hashable, Sendable {
        let name: String
        let kind: ColumnKind
    }

    init(_ signature: MethodSignature) {
        let fields = signature.outputs.map { OutputField(name: $0.name, kind: ColumnKind($0.type)) }
        if signature.returnsBareValue, let only = fields.first, fields.count == 1 {
            self = .bare(only.kind)
        } else if fields.isEmpty || Set(fields.map { $0.name.uppercased() }).count < fields.count {
            self = .json(fields)
        } else {
            self = .fields(fields)
        }
    }

    /// The field of an output of a table function.
    static func tableField(_ place: Int) -> String { "o\(place)" }

    var duckType: LogicalType {
        switch self {
        case .bare(let kind): kind.duckType
        case .fields(let fields): .struct(fields.map { Field($0.name, $0.kind.duckType) })
        case .json: .json
        }
    }
}

extension ColumnKind {
    var duckType: LogicalType {
        switch self {
        case .boolean: .boolean
        case .int8: .tinyint
        case .int16: .smallint
        case .int32: .integer
        case .int64: .bigint
        case .float: .float
        case .double: .double
        case .date: .date
        case .timestamp: .timestamp
        case .text: .varchar
        case .binary: .blob
        case .json: .json
        case .absent: .null
        }
    }
}

/// A method as one statement uses it: loaded when its first rows come, so that describing a query loads nothing.
final class PinnedMethod: Sendable {
    let signature: MethodSignature
    let cancellation: Cancellation
    /// The warehouse whose workers it may use; nil for any.
    private let warehouse: WarehouseLease?
    private let load: @Sendable () throws -> LoadedMethod
    private let loaded = Mutex<LoadedMethod?>(nil)

    init(
        signature: MethodSignature, cancellation: Cancellation, warehouse: WarehouseLease?,
        load: @escaping @Sendable () throws -> LoadedMethod
    ) {
        self.signature = signature
        self.cancellation = cancellation
        self.warehouse = warehouse
        self.load = load
    }

    /// The loaded method; blocks while its worker starts.
    func method() throws -> LoadedMethod {
        try loaded.withLock { loaded in
            if let loaded { return loaded }
            let method = try load()
            loaded = method
            return method
        }
    }

    /// Runs a filled batch, when the warehouse has a worker for it.
    ///
    /// - Parameter partitions: rows of each partition, for a method over partitions.
    func run(_ batch: BatchBuilder, partitions: [Int] = []) throws -> OutputBatch {
        guard let warehouse else { return try batch.run(partitions: partitions, cancellation: cancellation) }
        return try warehouse.run(cancellation) { try batch.run(partitions: partitions, cancellation: cancellation) }
    }

    /// Predicts the rows of one chunk.
    func predict(
        _ input: DataChunk, firstColumn: Int, kinds: [ColumnKind], result: MethodResult, into output: Vector
    ) throws {
        let rows = input.rowCount
        let batch = try method().makeBatch(capacity: rows)
        try batch.append(input.inputColumns(from: firstColumn, kinds: kinds), rows: rows)
        try result.write(try run(batch), rows: 0..<rows, to: output)
    }
}

extension DataChunk {
    /// The columns from `first` on, as the runtime takes them.
    func inputColumns(from first: Int, kinds: [ColumnKind]) -> [InputColumn] {
        kinds.enumerated().map { index, kind in
            let vector = vector(first + index)
            return InputColumn(
                kind: kind, data: UnsafeRawPointer(vector.values(as: UInt8.self)),
                validity: vector.validity.words.map { UnsafePointer($0) })
        }
    }
}

extension MethodResult {
    /// Writes some rows of a batch's outputs into a vector of ``duckType``, from its row 0 on.
    func write(_ batch: OutputBatch, rows: Range<Int>, to output: Vector) throws {
        switch self {
        case .bare: MethodResult.write(batch.columns[0], rows, to: output)
        case .fields:
            for (index, column) in batch.columns.enumerated() {
                MethodResult.write(column, rows, to: output.structChild(index))
            }
        case .json(let fields):
            if fields.isEmpty, let column = batch.columns.first { return MethodResult.write(column, rows, to: output) }
            for (offset, row) in rows.enumerated() {
                let members = try fields.indices.map { index in
                    SyntaxNode.Member(key: fields[index].name, value: try batch.columns[index].json(row))
                }
                output.setString(offset, SyntaxNode.object(members).json)
            }
        }
    }

    private static func write(_ column: OutputColumn, _ rows: Range<Int>, to output: Vector) {
        if column.kind.isVariable {
            for (offset, row) in rows.enumerated() {
                if column.isNull(row) { output.setNull(offset) } else { output.setBytes(offset, column.bytes(row)) }
            }
            return
        }
        let width = column.kind.width
        output.values(as: UInt8.self).update(
            from: column.values.assumingMemoryBound(to: UInt8.self) + rows.lowerBound * width, count: rows.count * width
        )
        guard column.validity != nil else { return }
        for (offset, row) in rows.enumerated() where column.isNull(row) { output.setNull(offset) }
    }
}

extension OutputColumn {
    /// A row's value as JSON.
    ///
    /// - Throws: when a worker gave JSON that is none.
    fileprivate func json(_ row: Int) throws -> SyntaxNode {
        if isNull(row) { return .null }
        switch kind {
        case .boolean: return .bool(numbers(as: UInt8.self)[row] != 0)
        case .int8: return .number("\(numbers(as: Int8.self)[row])")
        case .int16: return .number("\(numbers(as: Int16.self)[row])")
        case .int32, .date: return .number("\(numbers(as: Int32.self)[row])")
        case .int64, .timestamp: return .number("\(numbers(as: Int64.self)[row])")
        case .float: return OutputColumn.json(Double(numbers(as: Float.self)[row]))
        case .double: return OutputColumn.json(numbers(as: Double.self)[row])
        case .text: return .string(string(row) ?? "")
        case .binary:
            return .string(
                bytes(row).map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined().uppercased())
        case .json: return try SyntaxNode(parsing: bytes(row))
        case .absent: return .null
        }
    }

    private static func json(_ number: Double) -> SyntaxNode {
        number.isFinite ? .number("\(number)") : .string(number.isNaN ? "NaN" : number > 0 ? "inf" : "-inf")
    }
}
