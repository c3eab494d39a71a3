import Types

/// The words that Tab offers: keywords, and names of what the session may see.
package struct NameCompletion: Sendable {
    /// As SQL writes them, with and without their schema and database.
    private let names: [String]

    /// - Parameters:
    ///   - databases: names as they are kept.
    ///   - schemas: database and schema.
    ///   - objects: database, schema and name of tables, views, models and stages.
    package init(
        databases: [String] = [], schemas: [(String, String)] = [], objects: [(String, String, String)] = []
    ) {
        func sql(_ name: String) -> String { Identifier(resolved: name).description }
        var names: Set<String> = Set(databases.map(sql))
        for (database, schema) in schemas {
            names.insert(sql(schema))
            names.insert("\(sql(database)).\(sql(schema))")
        }
        for (database, schema, name) in objects {
            names.insert(sql(name))
            names.insert("\(sql(schema)).\(sql(name))")
            names.insert("\(sql(database)).\(sql(schema)).\(sql(name))")
        }
        self.names = names.sorted()
    }

    /// What may stand where a word begins so, sorted. A word in lower case gets its rest in lower case.
    package func candidates(for word: String) -> [String] {
        if word.hasPrefix("!") { return ShellCommand.words.filter { $0.hasPrefix(word) } }
        guard !word.isEmpty else { return [] }
        let upper = word.uppercased()
        // Of full names only as many parts as are begun.
        let parts = word.split(separator: ".", omittingEmptySubsequences: false).count
        var found = Set(
            names.filter { name in
                name.uppercased().hasPrefix(upper) && name.count { $0 == "." } == parts - 1
            })
        if parts == 1 { found.formUnion(NameCompletion.keywords.filter { $0.hasPrefix(upper) }) }
        let isLower = word == word.lowercased() && word != upper
        return found.sorted().map { isLower && !$0.contains("\"") ? $0.lowercased() : $0 }
    }

    /// Words that statements are made of.
    static let keywords = """
        ACCOUNT ADD ALIAS ALL ALTER AND ANY ARRAY AS ASC BEGIN BETWEEN BOOLEAN BY CASCADE CASE CAST COLUMN COMMENT \
        COMMIT COPY COUNT CREATE CROSS CSV CURRENT_DATABASE CURRENT_DATE CURRENT_ROLE CURRENT_SCHEMA CURRENT_TIMESTAMP \
        CURRENT_USER DATABASE DATABASES DATE DEFAULT DEFAULT_VERSION DELETE DESC DESCRIBE DISABLED DISTINCT DROP ELSE \
        END EXCEPT EXISTS EXPLAIN FALSE FILE FILE_FORMAT FILES FLATTEN FLOAT FORMAT FROM FULL FUNCTIONS FUTURE GET \
        GRANT GRANTS GROUP HAVING IF ILIKE IN INFORMATION_SCHEMA INNER INSERT INT INTERSECT INTO IS JOIN JSON LAST \
        LAST_QUERY_ID LATERAL LEFT LIKE LIMIT LIST MERGE METADATA MODEL MODELS MODIFY NOT NULL NUMBER OBJECT OFFSET ON \
        OPERATE OR ORDER OUTER OVER OVERWRITE OWNERSHIP PARQUET PARTITION PASSWORD PRIVILEGES PUBLIC PURGE PUT QUALIFY \
        READ REMOVE RENAME REPLACE RESULT_SCAN REVOKE RIGHT ROLE ROLES ROLLBACK SCHEMA SCHEMAS SELECT SESSION SET SHOW \
        STAGE STAGES STRING TABLE TABLES TAG TAGS TEMPORARY TERSE THEN TIMESTAMP TO TRANSACTION TRUE TRUNCATE TYPE \
        UNDROP UNION UNSET UPDATE USAGE USE USER USERS USING VALUES VARCHAR VARIANT VERSION VERSIONS VIEW VIEWS \
        WAREHOUSE WAREHOUSES WHEN WHERE WITH WRITE
        """.split(separator: " ").map(String.init)
}
