import DuckDB

/// Asks for memory before long values become a part of a result: that is outside DuckDB, and so are its copies on the
/// way to the client.
enum ResultRoom {
    /// Parts of fewer bytes are no matter.
    private static let large = 32 << 20
    /// How many copies there are of a part at most, while it grows, is ended, and becomes an answer.
    private static let copies = 6

    /// - Throws: `limitExceeded` where a part of so many bytes is too much for the server.
    static func require(_ bytes: Int) throws {
        guard bytes >= large else { return }
        try MemoryLimit.require(bytes: bytes.multipliedReportingOverflow(by: copies).partialValue)
    }
}
