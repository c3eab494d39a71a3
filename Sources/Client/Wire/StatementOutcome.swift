import Foundation

/// What a statement gave: its columns, and rows that come in parts.
package struct StatementOutcome: Sendable {
    package let columns: [ResultField]
    /// Of all parts.
    package let rowCount: Int
    package let queryID: String
    /// Whether the statement changed rows: then its one row says how many.
    package let isDML: Bool
    /// The files to send or to fetch, where the statement was PUT or GET.
    let transfer: StatementContent?
    private let first: [[String?]]
    private let chunks: [StatementContent.Chunk]
    private let session: ServerSession

    init(_ content: StatementContent, of session: ServerSession) {
        columns = content.rowtype ?? []
        first = content.rowset ?? []
        chunks = content.chunks ?? []
        rowCount = content.total ?? first.count
        queryID = content.queryId ?? ""
        isDML = (0x3000..<0x4000).contains(content.statementTypeId ?? 0)
        transfer = content.command == nil ? nil : content
        self.session = session
    }

    /// Whether the statement was PUT or GET.
    package var isTransfer: Bool { transfer != nil }

    /// Hands on the rows, part by part, in their order; a part after the first is fetched when its turn comes.
    ///
    /// Cells are in the form of the wire; ``CellText`` makes them readable.
    package func forEachPart(_ body: ([[String?]]) throws -> Void) async throws {
        if !first.isEmpty { try body(first) }
        for chunk in chunks {
            let bytes = try await session.fetch(chunk.url)
            let rows: [[String?]]
            do {
                rows = try JSONDecoder().decode([[String?]].self, from: Data([0x5B] + bytes + [0x5D]))
            } catch {
                throw ClientError.connection("A part of the result can't be read.")
            }
            try body(rows)
        }
    }

    /// All rows, for results that are known to be small.
    package func allRows() async throws -> [[String?]] {
        var rows: [[String?]] = []
        try await forEachPart { rows += $0 }
        return rows
    }
}
