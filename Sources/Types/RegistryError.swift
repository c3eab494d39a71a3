/// The one error of Roost. Every door maps its code to its protocol.
///
/// The code says what the caller can do; the message says what and which; the hint says what to do next.
/// Neither holds data, secrets or SQL values.
public struct RegistryError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, by what the caller can do about it. Grows without breaking clients.
    public struct Code: Hashable, Sendable {
        package enum Kind: String, Hashable, Sendable, CaseIterable {
            /// The statement's text can't be parsed.
            case syntax
            /// An argument's value or shape is wrong.
            case invalidArgument
            /// An object does not exist, or the role may not see it.
            case notFound
            /// A column or alias in a query is unknown or ambiguous.
            case unknownColumn
            /// A function or method is unknown, or is called with wrong arguments.
            case unknownFunction
            /// The object exists already.
            case alreadyExists
            /// The role sees the object but may not do this.
            case permissionDenied
            /// Wrong or missing credentials.
            case unauthenticated
            /// The session is gone: log in again.
            case sessionExpired
            /// A valid request for something that Roost does not offer.
            case unsupported
            /// A documented limit is exceeded.
            case limitExceeded
            /// The state of the object forbids this (a default version can't be dropped).
            case failedPrecondition
            /// Another transaction won: retry.
            case conflict
            /// A value can't be converted or computed (division by zero, bad cast).
            case invalidValue
            /// A constraint of a table is violated.
            case constraintViolation
            /// The model's own code failed.
            case modelFailed
            /// A manifest or model file is missing or broken.
            case invalidPackage
            case cancelled
            case timeout
            /// A part of the server is not available (library, environment, disk full).
            case unavailable
            case corrupt
            case `internal`
        }

        package let kind: Kind
        package init(_ kind: Kind) { self.kind = kind }
        /// The code's stable name, e.g. `notFound`.
        public var name: String { kind.rawValue }

        /// The statement's text can't be parsed.
        public static let syntax = Code(.syntax)
        /// An argument's value or shape is wrong.
        public static let invalidArgument = Code(.invalidArgument)
        /// An object does not exist, or the role may not see it.
        public static let notFound = Code(.notFound)
        /// A column or alias in a query is unknown or ambiguous.
        public static let unknownColumn = Code(.unknownColumn)
        /// A function or method is unknown, or is called with wrong arguments.
        public static let unknownFunction = Code(.unknownFunction)
        /// The object exists already.
        public static let alreadyExists = Code(.alreadyExists)
        /// The role sees the object but may not do this.
        public static let permissionDenied = Code(.permissionDenied)
        /// Wrong or missing credentials.
        public static let unauthenticated = Code(.unauthenticated)
        /// The session is gone: log in again.
        public static let sessionExpired = Code(.sessionExpired)
        /// A valid request for something that Roost does not offer.
        public static let unsupported = Code(.unsupported)
        /// A documented limit is exceeded.
        public static let limitExceeded = Code(.limitExceeded)
        /// The state of the object forbids this (a default version can't be dropped).
        public static let failedPrecondition = Code(.failedPrecondition)
        /// Another transaction won: retry.
        public static let conflict = Code(.conflict)
        /// A value can't be converted or computed (division by zero, bad cast).
        public static let invalidValue = Code(.invalidValue)
        /// A constraint of a table is violated.
        public static let constraintViolation = Code(.constraintViolation)
        /// The model's own code failed.
        public static let modelFailed = Code(.modelFailed)
        /// A manifest or model file is missing or broken.
        public static let invalidPackage = Code(.invalidPackage)
        /// The statement was cancelled.
        public static let cancelled = Code(.cancelled)
        /// A time limit was reached.
        public static let timeout = Code(.timeout)
        /// A part of the server is not available (library, environment, disk full).
        public static let unavailable = Code(.unavailable)
        /// What is stored is damaged.
        public static let corrupt = Code(.corrupt)
        /// A fault of the server.
        public static let `internal` = Code(.internal)
    }

    /// Where in the statement's text the error lies: line from 1, column from 0, as Snowflake counts.
    public struct Position: Hashable, Sendable {
        /// From 1.
        public let line: Int
        /// From 0.
        public let column: Int
        /// - Parameters: line from 1, column from 0.
        public init(line: Int, column: Int) {
            self.line = line
            self.column = column
        }
    }

    /// What the caller can do about it.
    public let code: Code
    /// What and which, one or more sentences.
    public let message: String
    /// The next action, e.g. `Did you mean 'CHURN'?`.
    public let hint: String?
    /// Where in the statement, nil where that is not known.
    public let position: Position?
    /// Facts for logs and tests, by name.
    public let detail: [String: String]
    /// The error underneath, for logs only.
    public let cause: (any Error)?

    /// - Parameters: as the properties.
    public init(
        _ code: Code, _ message: String, hint: String? = nil, position: Position? = nil,
        detail: [String: String] = [:], cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.hint = hint
        self.position = position
        self.detail = detail
        self.cause = cause
    }

    /// The message, followed by the hint.
    public var text: String { hint.map { "\(message) \($0)" } ?? message }

    /// The code's name and the text, for logs.
    public var description: String { "\(code.name): \(text)" }

    /// Snowflake's wording for an object that is missing or may not be seen: the two are never told apart.
    ///
    /// - Parameters:
    ///   - kind: the object's kind as a word, e.g. `Model`.
    ///   - near: names there are, for a hint.
    ///   - asked: the part of the name that `near` are like; nil for all of it.
    public static func missing(
        _ kind: String, _ name: String, near: [String] = [], asked: String? = nil
    ) -> RegistryError {
        RegistryError(
            .notFound, "\(kind) '\(name)' does not exist or not authorized.", hint: nearMiss(asked ?? name, near),
            detail: ["kind": kind, "name": name])
    }

    /// Snowflake's wording for a name that is taken.
    public static func exists(_ kind: String, _ name: String) -> RegistryError {
        RegistryError(
            .alreadyExists, "\(kind) '\(name)' already exists.", detail: ["kind": kind, "name": name])
    }

    /// `Did you mean 'X'?` for the candidate nearest to `name` in edit distance, nil where none is near.
    public static func nearMiss(_ name: String, _ candidates: [String]) -> String? {
        let wanted = Array(name.uppercased().unicodeScalars)
        guard wanted.count <= 64 else { return nil }
        var best: (String, Int)?
        for candidate in candidates.prefix(1000) where candidate != name {
            let distance = editDistance(wanted, Array(candidate.uppercased().unicodeScalars.prefix(64)))
            if distance <= max(1, wanted.count / 3), distance < (best?.1 ?? .max) { best = (candidate, distance) }
        }
        return best.map { "Did you mean '\($0.0)'?" }
    }

    private static func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        var previous = Array(0...b.count)
        for (i, left) in a.enumerated() {
            var current = [i + 1]
            for (j, right) in b.enumerated() {
                current.append(min(previous[j] + (left == right ? 0 : 1), previous[j + 1] + 1, current[j] + 1))
            }
            previous = current
        }
        return previous[b.count]
    }
}
