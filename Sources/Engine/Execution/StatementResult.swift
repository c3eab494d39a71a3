package import Types

/// What kind of statement ran, as the client tells SELECT, DML and the rest apart.
///
/// Source: the Python connector's `is_dml` range, 0x3000 to 0x3FFF.
package enum StatementType: Int, Sendable {
    case select = 0x1000
    case dml = 0x3000
    case insert = 0x3100
    case update = 0x3200
    case delete = 0x3300
    case merge = 0x3400
    case other = 0x4000
    /// Several statements, each with a result of its own.
    case batch = 0xA000
}

/// The rows of a result, in the form they leave the server in.
package enum ResultRows: Sendable {
    /// Arrow streams; the first is sent inline.
    case arrow([ResultChunk])
    /// JSON rows without the outer brackets; the first is sent inline.
    case json([ResultChunk])
    /// The answer to PUT or GET: the members of `data`, as JSON text without the outer braces.
    case transfer(String)
    /// Nothing was run: only the columns are known.
    case described

    /// The parts that hold rows.
    package var chunks: [ResultChunk] {
        switch self {
        case .arrow(let chunks), .json(let chunks): chunks
        case .transfer, .described: []
        }
    }
}

/// What a statement gave.
package struct StatementResult: Sendable {
    package var columns: [ResultColumn]
    package var rows: ResultRows
    /// All rows, over every chunk.
    package var rowCount: Int
    package var type: StatementType
    /// Whether it holds a secret: it is answered, and can't be scanned again.
    package var isSecret = false

    package init(columns: [ResultColumn], rows: ResultRows, rowCount: Int, type: StatementType) {
        self.columns = columns
        self.rows = rows
        self.rowCount = rowCount
        self.type = type
    }
}
