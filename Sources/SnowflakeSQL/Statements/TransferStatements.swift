package import Types

/// `PUT 'file://…' @stage …`
package struct PutStatement: Sendable {
    /// The text after `file://`, exactly as written (escapes decoded when quoted).
    package let path: String
    package let target: StageReference
    /// PARALLEL, AUTO_COMPRESS, SOURCE_COMPRESSION, OVERWRITE; values as written.
    package let options: StatementOptions
}

/// `GET @stage 'file://…' …`
package struct GetStatement: Sendable {
    package let source: StageReference
    /// The text after `file://`, exactly as written (escapes decoded when quoted).
    package let path: String
    /// PARALLEL and others; PATTERN is in ``pattern``.
    package let options: StatementOptions
    /// A regular expression that must match the whole name.
    package let pattern: String?
}

/// `LIST|LS @stage [PATTERN = '…']` and `REMOVE|RM @stage [PATTERN = '…']`
package struct ListStatement: Sendable {
    package let location: StageReference
    package let pattern: String?
}

/// `COPY INTO table [(columns)] FROM … `
package struct CopyIntoTable: Sendable {
    package var table: ObjectReference
    /// Empty: all columns of the table, in order.
    package var columns: [Identifier]
    package var source: Source
    package var files: [String] = []
    package var pattern: String?
    package var fileFormat = StatementOptions()
    /// ON_ERROR, PURGE, FORCE, MATCH_BY_COLUMN_NAME, …: words, strings or bindings.
    package var options = StatementOptions()

    package enum Source: Sendable {
        case stage(StageReference)
        /// `(SELECT $1:a::REAL, … FROM @stage)`; rewriting it yields one stage reference.
        case query(SQLText)
    }
}

/// `COPY INTO @stage FROM table|(query) …`
package struct CopyIntoStage: Sendable {
    package var target: StageReference
    package var source: Source
    package var partitionBy: SQLText?
    package var fileFormat = StatementOptions()
    /// OVERWRITE, HEADER, SINGLE, MAX_FILE_SIZE, INCLUDE_QUERY_ID, ….
    package var options = StatementOptions()

    package enum Source: Sendable {
        case table(ObjectReference)
        case query(SQLText)
    }
}
