package import Types

/// `INSERT [OVERWRITE] INTO t [(columns)] query|VALUES …`
package struct InsertStatement: Sendable {
    package let table: ObjectReference
    package let overwrite: Bool
    /// Empty: all columns in order.
    package let columns: [Identifier]
    /// A query, or `VALUES (…), (…)`, where DEFAULT may stand for a value.
    package let source: SQLText
}

/// `column = expression`
package struct Assignment: Sendable {
    package let column: Identifier
    package let value: SQLText
}

/// `UPDATE t [[AS] alias] SET c = e, … [FROM …] [WHERE …]`
package struct UpdateStatement: Sendable {
    package let table: ObjectReference
    package let alias: Identifier?
    package let assignments: [Assignment]
    /// What stands after FROM: a list of tables and joins.
    package let from: SQLText?
    package let condition: SQLText?
}

/// `DELETE FROM t [[AS] alias] [USING …] [WHERE …]`
package struct DeleteStatement: Sendable {
    package let table: ObjectReference
    package let alias: Identifier?
    /// What stands after USING: a list of tables.
    package let using: SQLText?
    package let condition: SQLText?
}

/// `MERGE INTO t [alias] USING source [alias] ON condition WHEN …`
package struct MergeStatement: Sendable {
    package let table: ObjectReference
    package let alias: Identifier?
    /// A table's name, a query in brackets or a table function, without its alias.
    package let source: SQLText
    package let sourceAlias: Identifier?
    package let condition: SQLText
    package let clauses: [Clause]

    package struct Clause: Sendable {
        /// Whether it is WHEN MATCHED rather than WHEN NOT MATCHED.
        package let matched: Bool
        /// What stands after AND.
        package let condition: SQLText?
        package let action: Action
    }

    package enum Action: Sendable {
        case update([Assignment])
        case delete
        /// The columns (empty: all) and one expression for each.
        case insert([Identifier], [SQLText])
    }
}
