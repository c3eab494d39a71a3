import Inference
import SnowflakeSQL
import Synchronization
package import Types

/// What the server itself does on an administrator's word, by the name of a system function: the server puts it in.
///
/// An operation asks by itself whether the principal may. It is called alone, `SELECT SYSTEM$BACKUP('nightly')`, so that
/// no view and no larger statement does it unseen.
package final class ServerOperations: Sendable {
    /// Blocks until it is done.
    ///
    /// - Parameters:
    ///   - arguments: as texts.
    ///   - principal: who asks.
    ///   - isCancelled: whether the statement was cancelled meanwhile.
    /// - Returns: what the function gives, a JSON object.
    package typealias Operation =
        @Sendable (
            _ arguments: [String], _ principal: Principal, _ isCancelled: @escaping @Sendable () -> Bool
        ) throws -> String

    private let operations = Mutex<[String: Operation]>([:])

    package subscript(name: String) -> Operation? {
        get { operations.withLock { $0[name] } }
        set { operations.withLock { $0[name] = newValue } }
    }
}

extension StatementContext {
    /// Runs an operation of the server; gives its answer as a SQL literal.
    ///
    /// - Throws: `unsupported` where the statement is anything but `SELECT name(…)`.
    func perform(_ operation: ServerOperations.Operation, _ name: String, _ arguments: [String]) throws -> String {
        let tokens = try Tokenizer.significant(request.sql)
        guard tokens.count >= 2, tokens[0].isWord("SELECT"), tokens[1].isWord(name) else {
            throw RegistryError(
                .unsupported, "\(name) is called alone.", hint: "SELECT \(name)(…), with no other column before it.")
        }
        if request.describeOnly { return "''" }
        let cancellation = cancellation
        return BindingLiteral.quote(try operation(arguments, principal) { cancellation.isCancelled })
    }
}
