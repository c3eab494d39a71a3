/// What is wrong with a value: a fact of errors with the code `invalidValue`, under the name ``key`` in their detail.
package enum ValueFault: String, Sendable {
    /// A text that is no number is the usual fault and has no name.
    case boolean, date, time, timestamp, json
    /// A number that its type has no room for.
    case numberRange
    case divisionByZero
    /// A text or bytes that a column has no room for.
    case tooLong

    package static let key = "value"
}
