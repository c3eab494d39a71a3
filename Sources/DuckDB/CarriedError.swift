import Synchronization
import Types

/// Carries an error through DuckDB, which keeps only its text: the text ends with a token, and the token finds the
/// error.
///
/// Tokens hold a number drawn at start, so that no SQL text can name another query's error, and are good for one use.
/// Errors that are never fetched (DuckDB dropped them, or chose another of the same query) go after 1,000 others.
enum CarriedError {
    private struct Pending {
        var errors: [UInt64: RegistryError] = [:]
        var oldest: UInt64 = 0
        var next: UInt64 = 0
    }

    private static let pending = Mutex(Pending())
    private static let opening = "[roost:\(UInt64.random(in: .min ... .max)):"
    private static let capacity: UInt64 = 1000

    /// Keeps the error and returns its token.
    static func carry(_ error: RegistryError) -> String {
        let number = pending.withLock { pending in
            let number = pending.next
            pending.next += 1
            pending.errors[number] = error
            while pending.next - pending.oldest > capacity {
                pending.errors[pending.oldest] = nil
                pending.oldest += 1
            }
            return number
        }
        return "\(opening)\(number)]"
    }

    /// The error whose token stands in the text, once.
    static func take(from text: String) -> RegistryError? {
        guard let start = text.firstRange(of: opening) else { return nil }
        let rest = text[start.upperBound...]
        guard let number = UInt64(rest.prefix { $0.isASCII && $0.isNumber }) else { return nil }
        return pending.withLock { $0.errors.removeValue(forKey: number) }
    }
}
