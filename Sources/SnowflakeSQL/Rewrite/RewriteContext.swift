package import Types

/// What a session knows that its queries use.
package struct RewriteContext: Sendable {
    /// What a session function of an upper-case name stands for, as a SQL literal of DuckDB: `'ACCOUNTADMIN'` for
    /// CURRENT_ROLE, `NULL` for CURRENT_WAREHOUSE where none is in use; nil for another name. Functions are replaced
    /// with brackets (`CURRENT_ROLE()`), and those in ``QueryRewriter/bareFunctions`` without, too.
    package var constant: @Sendable (String) throws -> String?
    /// Session variables by upper-case name, as SQL literals of DuckDB; for `$name`.
    package var variables: [String: String]
    /// Bindings for `?` and `:1`, in order, as SQL literals of DuckDB.
    package var bindings: [String]
    /// QUOTED_IDENTIFIERS_IGNORE_CASE: fold quoted identifiers to upper case, too.
    package var quotedIdentifiersIgnoreCase: Bool
    /// What `$1`, `$2`, … in a FROM clause stand for: the tables with the results of the statements before in a flow,
    /// nearest first, as SQL table references of DuckDB.
    package var flowTables: [String]

    /// What ``constant`` is asked for the names of the roles whose privileges count, as the list behind IN. No function
    /// can be called so.
    package static let sessionRoles = "SESSION ROLES"

    /// What ``constant`` is asked for the id of the session's n-th statement, from the end where n is negative.
    package static func earlierQuery(_ number: Int) -> String { "\(earlierQueryPrefix)\(number)" }
    /// What ``earlierQuery(_:)`` begins with.
    package static let earlierQueryPrefix = "EARLIER QUERY "

    package init(
        constant: @escaping @Sendable (String) throws -> String? = { _ in nil }, variables: [String: String] = [:],
        bindings: [String] = [], quotedIdentifiersIgnoreCase: Bool = false, flowTables: [String] = []
    ) {
        self.constant = constant
        self.variables = variables
        self.bindings = bindings
        self.quotedIdentifiersIgnoreCase = quotedIdentifiersIgnoreCase
        self.flowTables = flowTables
    }
}

/// DuckDB SQL text with placeholders for what only the engine can fill in.
///
/// Placeholders are plain identifiers in ``sql``: functions `ROOST_CALL_0(…)`, table functions `ROOST_TABLE_0(…)`, and
/// tables `ROOST_STAGE_0`, `ROOST_TABLEFN_0`. Each list is in the order of its numbers.
package struct RewrittenQuery: Sendable {
    package var sql = ""
    package var modelCalls: [ModelCall] = []
    /// Model calls inside TABLE(…) in a FROM clause; `ROOST_TABLE_<k>(arguments)` stands there.
    package var tableCalls: [ModelCall] = []
    package var stageReferences: [StageScan] = []
    package var tableFunctions: [TableFunctionCall] = []

    package init() {}
}

/// One call of a method of a model: `MODEL(m, v)!f(a, p => b)`.
package struct ModelCall: Sendable {
    /// The k of `ROOST_CALL_<k>` or `ROOST_TABLE_<k>`.
    package let index: Int
    package let model: PartialName
    /// Nil: the default version. DEFAULT, FIRST and LAST are identifiers like aliases.
    package let version: Identifier?
    package let method: Identifier
    /// One entry an argument: its name where it is given as `name => value`.
    package let argumentNames: [Identifier?]
    /// The arguments as DuckDB SQL, in the order in which they stand in the placeholder's call; `COLUMNS(*)` stands for
    /// all columns. In `ROOST_TABLE_<k>` the expressions of OVER follow: ``partitionBy``, then ``orderBy``.
    package let argumentTexts: [String]
    package let isTableFunction: Bool
    /// The expressions of `OVER (PARTITION BY …)` as DuckDB SQL; nil without OVER.
    package var partitionBy: [String]?
    /// What stands behind ORDER BY in OVER.
    package var orderBy: [OrderTerm] = []
    /// Where the call stands in the statement.
    package let position: RegistryError.Position

    /// One expression to order by.
    package struct OrderTerm: Sendable, Equatable {
        /// The expression as DuckDB SQL.
        package let text: String
        /// `DESC NULLS LAST` or less; empty where nothing is said.
        package let direction: String
    }
}

/// A FROM clause over staged files: `FROM @stage/path (FILE_FORMAT => 'f', PATTERN => '…')`.
package struct StageScan: Sendable {
    /// The k of the table `ROOST_STAGE_<k>`.
    package let index: Int
    package let stage: StageReference
    /// The name of the file format (FILE_FORMAT =>), dotted.
    package let fileFormat: String?
    package let pattern: String?
    /// The columns `$n` used in the query that reads the stage, ascending. The engine provides columns of the names
    /// `$1`, `$2`, … : for formats with columns (CSV) the n-th field as VARCHAR, else `$1` as JSON or a STRUCT.
    package let columns: [Int]
    /// For each `$n:path` used: the column and the path's parts, so that only those parts need reading.
    package let paths: [Path]
    package let position: RegistryError.Position

    package struct Path: Hashable, Sendable {
        package let column: Int
        package let keys: [String]

        package init(column: Int, keys: [String]) {
            self.column = column
            self.keys = keys
        }
    }
}

/// A table function that the engine provides: `TABLE(RESULT_SCAN('…'))`, `TABLE(INFER_SCHEMA(LOCATION => '@s'))`,
/// `TABLE(db.INFORMATION_SCHEMA.TAG_REFERENCES(…))`.
package struct TableFunctionCall: Sendable {
    /// The k of the table `ROOST_TABLEFN_<k>`.
    package let index: Int
    /// The function's last name, upper case: `RESULT_SCAN`.
    package let name: String
    /// The database and schema before it, if any.
    package let qualifier: [Identifier]
    package let arguments: [Argument]
    package let position: RegistryError.Position

    package struct Argument: Sendable {
        /// Upper case; nil for a positional argument.
        package let name: String?
        /// DuckDB SQL; a stage `@s/path` is given as a string literal.
        package let sql: String
    }
}
