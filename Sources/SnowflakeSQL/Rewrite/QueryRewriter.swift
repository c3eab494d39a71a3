import Types

/// Turns Snowflake's queries and expressions into DuckDB's.
///
/// It groups tokens by brackets and rewrites islands: names and literals (`Words`, `StringLiteral`), column names of
/// SELECT lists (`SelectItems`), WITH (`WithClause`), FROM (`FromClause`), casts, paths, calls of models and functions.
/// All else passes as it stands; DuckDB parses the result. Pure and stateless; its time is linear in the text but for
/// nested brackets.
///
/// `SELECT m!predict(a):"x"::INT FROM t` becomes
/// `SELECT CAST(ROOST_CALL_0(A)['x'] AS BIGINT) AS "M!PREDICT(A):""x""::INT" FROM T`.
package struct QueryRewriter: Sendable {
    /// Session functions that Snowflake lets stand without brackets.
    package static let bareFunctions: Set<String> = [
        "CURRENT_USER", "CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME", "LOCALTIME", "LOCALTIMESTAMP",
        "CURRENT_ROLE", "CURRENT_DATABASE", "CURRENT_SCHEMA", "CURRENT_WAREHOUSE", "CURRENT_ACCOUNT",
    ]

    package init() {}

    /// Rewrites a query, an expression, or VALUES.
    ///
    /// - Throws: `syntax`, `unsupported` or `invalidArgument`, with the position; for a missing binding, too.
    package func rewrite(_ text: SQLText, context: RewriteContext) throws -> RewrittenQuery {
        let rewriter = Rewriter(context)
        let nodes = try TokenTree.build(text.tokens)
        rewriter.result.sql = try rewriter.query(nodes[...], Scope()).text
        return rewriter.result
    }

    /// Rewrites what stands behind FROM or USING: a list of tables and joins.
    ///
    /// - Throws: as ``rewrite(_:context:)``.
    package func rewriteTables(_ text: SQLText, context: RewriteContext) throws -> RewrittenQuery {
        let rewriter = Rewriter(context)
        let nodes = try TokenTree.build(text.tokens)
        let block = SelectBlock()
        rewriter.result.sql = try rewriter.tables(nodes[...], Scope(), block).text
        rewriter.finish(block)
        return rewriter.result
    }
}

/// What names mean where a piece of a query stands.
struct Scope {
    /// Models named by `WITH alias AS MODEL m VERSION v`, by resolved alias.
    var models: [Identifier: ModelAlias] = [:]
    /// The SELECT whose FROM clause gives `$1` its meaning.
    var block: SelectBlock?

    struct ModelAlias {
        let model: PartialName
        let version: Identifier?
    }
}

/// What the FROM clause of one SELECT holds, as far as expressions need it, and what they use of it.
final class SelectBlock {
    /// The names of `$1`, `$2`, … where the FROM clause is VALUES.
    var columns: [String]?
    /// The numbers of the stage scans in the FROM clause.
    var stages: [PendingStage] = []
    /// Whether a GENERATOR stands in the FROM clause.
    var hasGenerator = false
    var usedColumns: Set<Int> = []
    var usedPaths: [StageScan.Path] = []

    struct PendingStage {
        let index: Int
        let stage: StageReference
        let fileFormat: String?
        let pattern: String?
        let position: RegistryError.Position
    }
}

/// One run of ``QueryRewriter``: its context and what it has found so far. Used on one thread only.
final class Rewriter {
    let context: RewriteContext
    var result = RewrittenQuery()
    private var stageCount = 0
    /// What has been rewritten so far, in operands, each counted as often as the macros around it repeat it.
    var cost = 0

    init(_ context: RewriteContext) {
        self.context = context
    }

    /// The number of the next stage scan.
    func nextStage() -> Int {
        defer { stageCount += 1 }
        return stageCount
    }

    /// Records the stage scans of a SELECT, once all of it is rewritten.
    func finish(_ block: SelectBlock) {
        for stage in block.stages {
            result.stageReferences.append(
                StageScan(
                    index: stage.index, stage: stage.stage, fileFormat: stage.fileFormat, pattern: stage.pattern,
                    columns: block.usedColumns.sorted(), paths: block.usedPaths, position: stage.position))
        }
        result.stageReferences.sort { $0.index < $1.index }
    }

    /// Most operands that one call may grow to when DuckDB puts the macros' texts in.
    private static let maximumCost = 2_000_000

    /// Multiplies the cost of what was rewritten since `mark` by how often the macros that `text` puts around `inner`
    /// repeat it: nested macros grow by powers, and DuckDB has no bound of its own.
    func charge(_ text: String, around inner: String, since mark: Int, at token: Token) throws {
        let bytes = text.utf8
        let head = bytes.prefix(96)
        // `inner` often begins as `text` does: compare more than a few bytes, and not from the start.
        let start = inner.utf8.prefix(512)
        let end = inner.isEmpty ? nil : head.indices.dropFirst().first { bytes[$0...].starts(with: start) }
        var rest = head[..<(end ?? head.endIndex)]
        var product = max(1, cost - mark)
        var factors = 1
        while let start = rest.firstRange(of: "sf_".utf8)?.lowerBound {
            let name = rest[start...].prefix { $0 != UInt8(ascii: "(") }
            factors *= Prelude.macros[String(Substring(name))] ?? 1
            rest = rest[name.endIndex...]
        }
        let overflow: Bool
        (product, overflow) = product.multipliedReportingOverflow(by: factors)
        guard !overflow, product <= Rewriter.maximumCost || factors == 1 else {
            throw RegistryError(
                .limitExceeded, "The statement is too complex: calls and casts are nested too deep at '\(token.text)'.",
                position: token.position)
        }
        cost = mark + product
    }

    /// The literal of binding `number` (from 1).
    func binding(_ number: Int, at token: Token) throws -> String {
        guard number >= 1, number <= context.bindings.count else {
            throw RegistryError(
                .invalidArgument,
                "Bind variable \(token.kind == .question ? "?" : ":")\(number) not set: "
                    + "\(context.bindings.count) given.",
                position: token.position)
        }
        return context.bindings[number - 1]
    }

    /// A name as DuckDB SQL: upper case where it was not quoted.
    func name(_ token: Token) throws -> String {
        if token.kind == .quotedIdentifier {
            let text = context.quotedIdentifiersIgnoreCase ? token.text.uppercased() : token.text
            guard text != "\"\"" else { throw SyntaxError.unexpected(token, hint: "A name must not be empty.") }
            guard !text.utf8.contains(0) else {
                throw RegistryError(.syntax, "A name must not contain the NUL character.", position: token.position)
            }
            return text
        }
        let upper = token.text.uppercased()
        let plain = upper.utf8.allSatisfy { $0 != 0x24 && $0 < 0x80 }
        return plain && !Words.reservedInDuckDB.contains(upper) ? upper : Identifier(resolved: upper).quoted
    }
}
