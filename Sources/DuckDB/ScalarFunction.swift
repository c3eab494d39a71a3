import CNative
import Types

/// A function written in Swift that SQL can call.
///
/// ```swift
/// try ScalarFunction.register(on: c, name: "twice", arguments: [.double], returns: .double) { input, output in
///     let x = input.vector(0).values(as: Double.self), y = output.values(as: Double.self)
///     for row in 0..<input.rowCount { y[row] = 2 * x[row] }
/// }
/// ```
package enum ScalarFunction {
    /// Fills `output` with one value for each row of `input`.
    ///
    /// Runs on DuckDB's threads, several at once; it may block. Input and output are valid only during the call.
    package typealias Body = @Sendable (_ input: DataChunk, _ output: Vector) throws -> Void

    /// Makes the function known to every connection of the connection's database, until the database closes.
    ///
    /// The same name with the same arguments replaces the function; other arguments add an overload. It belongs to
    /// the connection's transaction: where one is open, others see it after COMMIT, and ROLLBACK removes it.
    ///
    /// - Parameters:
    ///   - arguments: Types of the arguments; `any` takes every type.
    ///   - varargs: Type of any further arguments; nil for none.
    ///   - isVolatile: Whether each call may give another value, so that DuckDB must not fold or share calls.
    ///   - handlesNulls: Whether the body wants NULL arguments. If not, the result is NULL wherever an argument is; the
    ///     body still sees those rows, with undefined values in them.
    ///   - body: A thrown `RegistryError` fails the query and comes out of the connection's call as it was thrown.
    /// - Throws: `unsupported` for an impossible type; `failedPrecondition` when DuckDB refuses, as in an aborted
    ///   transaction.
    package static func register(
        on connection: Connection, name: String, arguments: [LogicalType], varargs: LogicalType? = nil,
        returns: LogicalType, isVolatile: Bool = false, handlesNulls: Bool = false, body: @escaping Body
    ) throws {
        var function = duck_create_scalar_function()
        defer { duck_destroy_scalar_function(&function) }
        duck_scalar_function_set_name(function, name)
        for argument in arguments {
            try argument.withHandle { duck_scalar_function_add_parameter(function, $0) }
        }
        if let varargs { try varargs.withHandle { duck_scalar_function_set_varargs(function, $0) } }
        try returns.withHandle { duck_scalar_function_set_return_type(function, $0) }
        if isVolatile { duck_scalar_function_set_volatile(function) }
        if handlesNulls { duck_scalar_function_set_special_handling(function) }
        let isFixed = varargs == nil && !arguments.contains(.any)
        let call = Call(
            arguments: isFixed ? arguments : nil, returns: returns, handlesNulls: handlesNulls, body: body)
        duck_scalar_function_set_extra_info(function, Unmanaged.passRetained(call).toOpaque()) { info in
            guard let info else { return }
            Unmanaged<Call>.fromOpaque(info).release()
        }
        duck_scalar_function_set_function(function) { info, input, output in
            guard let info, let input, let output, let context = duck_scalar_function_get_extra_info(info) else {
                return
            }
            Unmanaged<Call>.fromOpaque(context).takeUnretainedValue().run(info, input, output)
        }
        guard duck_register_scalar_function(connection.handle, function) == 0 else {
            throw RegistryError(.failedPrecondition, "The function '\(name)' can't be registered.")
        }
    }
}

/// What DuckDB holds for a registered function.
private final class Call: Sendable {
    /// Nil where the types differ from call to call.
    private let arguments: [LogicalType]?
    private let returns: LogicalType
    private let handlesNulls: Bool
    private let body: ScalarFunction.Body

    init(arguments: [LogicalType]?, returns: LogicalType, handlesNulls: Bool, body: @escaping ScalarFunction.Body) {
        self.arguments = arguments
        self.returns = returns
        self.handlesNulls = handlesNulls
        self.body = body
    }

    func run(_ info: duck_function_info, _ input: duck_chunk, _ output: duck_vector) {
        let types =
            arguments
            ?? (0..<duck_data_chunk_get_column_count(input)).map {
                LogicalType(owning: duck_vector_get_column_type(duck_data_chunk_get_vector(input, $0)))
            }
        let chunk = DataChunk(borrowing: input, types: types)
        let result = Vector(output, returns, owner: nil)
        do {
            try body(chunk, result)
            if !handlesNulls { spreadNulls(chunk, result) }
        } catch {
            let failure =
                error as? RegistryError
                ?? RegistryError(.internal, "A function failed.", detail: ["reason": "\(error)"], cause: error)
            duck_scalar_function_set_error(info, "\(failure.text) \(CarriedError.carry(failure))")
        }
    }

    private func spreadNulls(_ input: DataChunk, _ output: Vector) {
        for column in 0..<input.columnCount {
            let validity = input.vector(column).validity
            guard validity.words != nil else { continue }
            for row in 0..<input.rowCount where !validity[row] { output.setNull(row) }
        }
    }
}

extension LogicalType {
    func withHandle(_ body: (duck_logical_type) -> Void) throws {
        let handle = try makeHandle()
        body(handle)
        var closing: duck_logical_type? = handle
        duck_destroy_logical_type(&closing)
    }
}
