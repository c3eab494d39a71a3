/// The JSON of the server's answers, as far as it is read here.
///
/// Source: SNOWFLAKE.md §2 and §3.
struct Answer<Content: Decodable & Sendable>: Decodable, Sendable {
    let success: Bool
    let code: String?
    let message: String?
    let data: Content?
}

/// `data` of an answer to a login.
struct LoginContent: Decodable, Sendable {
    struct Info: Decodable, Sendable {
        let databaseName: String?
        let schemaName: String?
        let warehouseName: String?
        let roleName: String?
    }

    let token: String?
    let masterToken: String?
    let sessionInfo: Info?
    let displayUserName: String?
    let serverVersion: String?
}

/// `data` of an answer to a renewal.
struct RenewalContent: Decodable, Sendable {
    let sessionToken: String?
    let masterToken: String?
}

/// `data` of an answer to a statement: its rows, where to ask again, a transfer, or what went wrong.
struct StatementContent: Decodable, Sendable {
    struct Chunk: Decodable, Sendable {
        let url: String
        let rowCount: Int
    }

    struct Stage: Decodable, Sendable {
        let presignedUrl: String?
    }

    // Rows
    let rowtype: [ResultField]?
    let rowset: [[String?]]?
    let total: Int?
    let chunks: [Chunk]?
    let queryResultFormat: String?
    let statementTypeId: Int?
    let finalDatabaseName: String?
    let finalSchemaName: String?
    let finalWarehouseName: String?
    let finalRoleName: String?
    let queryId: String?
    // Still running
    let getResultUrl: String?
    // PUT and GET
    let command: String?
    let src_locations: [String]?
    let localLocation: String?
    let presignedUrls: [String]?
    let stageInfo: Stage?
    let autoCompress: Bool?
    let sourceCompression: String?
    let overwrite: Bool?
    // Failed
    let sqlState: String?
    let line: Int?
    let pos: Int?
}

/// A column of a result.
package struct ResultField: Decodable, Sendable, Hashable {
    package let name: String
    /// Snowflake's name of the type on the wire, in lower case: `fixed`, `text`, `timestamp_ntz`, ….
    package let type: String
    /// Digits after the point, of numbers and times.
    package let scale: Int?

    package init(name: String, type: String, scale: Int? = nil) {
        self.name = name
        self.type = type
        self.scale = scale
    }

    /// Whether the column is shown to the right.
    package var isNumber: Bool { type == "fixed" || type == "real" }
}
