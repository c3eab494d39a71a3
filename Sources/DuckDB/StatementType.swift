import CNative

/// The kind of a statement, as DuckDB's parser sees it.
package enum StatementType: Hashable, Sendable {
    case select, insert, update, delete, mergeInto
    case create, drop, alter, createFunction
    case explain, analyze, vacuum, call
    case transaction, copy, copyDatabase, export
    case set, variableSet, pragma, load, attach, detach, prepare, execute
    case `extension`, updateExtensions, multiple, relation, logicalPlan
    /// A number that this version does not know, or 0 for an invalid statement.
    case other(Int)

    init(_ type: duck_statement_type) {
        self = StatementType.byNumber[type.rawValue] ?? .other(Int(type.rawValue))
    }

    private static let byNumber: [UInt32: StatementType] = [
        DUCK_STATEMENT_SELECT.rawValue: .select, DUCK_STATEMENT_INSERT.rawValue: .insert,
        DUCK_STATEMENT_UPDATE.rawValue: .update, DUCK_STATEMENT_EXPLAIN.rawValue: .explain,
        DUCK_STATEMENT_DELETE.rawValue: .delete, DUCK_STATEMENT_PREPARE.rawValue: .prepare,
        DUCK_STATEMENT_CREATE.rawValue: .create, DUCK_STATEMENT_EXECUTE.rawValue: .execute,
        DUCK_STATEMENT_ALTER.rawValue: .alter, DUCK_STATEMENT_TRANSACTION.rawValue: .transaction,
        DUCK_STATEMENT_COPY.rawValue: .copy, DUCK_STATEMENT_ANALYZE.rawValue: .analyze,
        DUCK_STATEMENT_VARIABLE_SET.rawValue: .variableSet, DUCK_STATEMENT_CREATE_FUNC.rawValue: .createFunction,
        DUCK_STATEMENT_DROP.rawValue: .drop, DUCK_STATEMENT_EXPORT.rawValue: .export,
        DUCK_STATEMENT_PRAGMA.rawValue: .pragma, DUCK_STATEMENT_VACUUM.rawValue: .vacuum,
        DUCK_STATEMENT_CALL.rawValue: .call, DUCK_STATEMENT_SET.rawValue: .set,
        DUCK_STATEMENT_LOAD.rawValue: .load, DUCK_STATEMENT_RELATION.rawValue: .relation,
        DUCK_STATEMENT_EXTENSION.rawValue: .extension, DUCK_STATEMENT_LOGICAL_PLAN.rawValue: .logicalPlan,
        DUCK_STATEMENT_ATTACH.rawValue: .attach, DUCK_STATEMENT_DETACH.rawValue: .detach,
        DUCK_STATEMENT_MULTI.rawValue: .multiple, DUCK_STATEMENT_COPY_DATABASE.rawValue: .copyDatabase,
        DUCK_STATEMENT_UPDATE_EXTENSIONS.rawValue: .updateExtensions,
        DUCK_STATEMENT_MERGE_INTO.rawValue: .mergeInto,
    ]
}
