import Foundation

/// Where the time comes from: the wall clock, or a fixed or stepping one in tests.
package struct TimeSource: Sendable {
    private let read: @Sendable () -> Int64

    /// - Parameter read: gives milliseconds since 1970; called from any thread.
    package init(_ read: @escaping @Sendable () -> Int64) {
        self.read = read
    }

    /// Milliseconds since 1970 UTC.
    package func now() -> Int64 { read() }

    package static let wall = TimeSource { Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)) }
}
