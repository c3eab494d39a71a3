/// A piece of an encoded result: the inline part, or a chunk that the client fetches.
package struct ResultSegment: Sendable, Hashable {
    /// Arrow: one IPC stream of at least one row. JSON: the rows joined by commas, without the outer brackets.
    package let data: [UInt8]
    /// Rows in it, at least 1.
    package let rowCount: Int

    package init(data: [UInt8], rowCount: Int) {
        self.data = data
        self.rowCount = rowCount
    }
}

/// How results travel to Snowflake's clients.
package enum ResultFormat: String, Sendable, Hashable, Codable {
    case arrow, json
}

/// How large the pieces of a result may be. The inline part is the first segment; the others follow the chunks' limits.
///
/// Rows are counted in steps of 64, and a step is not divided: a segment may exceed its bytes by 64 rows.
package struct ResultLimits: Sendable, Hashable {
    package var inlineRows: Int
    package var inlineBytes: Int
    package var chunkRows: Int
    package var chunkBytes: Int

    package init(
        inlineRows: Int = 16_384, inlineBytes: Int = 1 << 20, chunkRows: Int = 1 << 18, chunkBytes: Int = 16 << 20
    ) {
        self.inlineRows = inlineRows
        self.inlineBytes = inlineBytes
        self.chunkRows = chunkRows
        self.chunkBytes = chunkBytes
    }
}
