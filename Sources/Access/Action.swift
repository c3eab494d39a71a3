/// What a statement or route does, as the authorisation point is asked about it.
///
/// The raw value is the statement's kind as audit rows and messages name it. What each needs is in ``rule``.
package enum Action: String, Hashable, Sendable, CaseIterable {
    // Models
    case createModel = "CREATE MODEL"
    case copyModel = "COPY MODEL"
    case alterModel = "ALTER MODEL"
    case renameModel = "RENAME MODEL"
    case addVersion = "ADD VERSION"
    case alterVersion = "MODIFY VERSION"
    case commitVersion = "COMMIT VERSION"
    case dropVersion = "DROP VERSION"
    case dropModel = "DROP MODEL"
    case undropModel = "UNDROP MODEL"
    case describeModel = "DESCRIBE MODEL"
    case runModel = "RUN MODEL"
    case readModelFiles = "READ MODEL FILES"
    case writeModelFiles = "WRITE MODEL FILES"

    // Databases and schemas
    case createDatabase = "CREATE DATABASE"
    case useDatabase = "USE DATABASE"
    case describeDatabase = "DESCRIBE DATABASE"
    case alterDatabase = "ALTER DATABASE"
    case dropDatabase = "DROP DATABASE"
    case createSchema = "CREATE SCHEMA"
    case useSchema = "USE SCHEMA"
    case describeSchema = "DESCRIBE SCHEMA"
    case alterSchema = "ALTER SCHEMA"
    case dropSchema = "DROP SCHEMA"
    case createTemporaryObject = "CREATE TEMPORARY OBJECT"

    // Tables and views
    case createTable = "CREATE TABLE"
    case createView = "CREATE VIEW"
    case describeTable = "DESCRIBE TABLE"
    case selectFromTable = "SELECT"
    case insertIntoTable = "INSERT"
    case updateTable = "UPDATE"
    case deleteFromTable = "DELETE"
    case truncateTable = "TRUNCATE"
    case alterTable = "ALTER TABLE"
    case dropTable = "DROP TABLE"

    // Stages and file formats
    case createStage = "CREATE STAGE"
    case describeStage = "DESCRIBE STAGE"
    case readStage = "READ STAGE"
    case writeStage = "WRITE STAGE"
    case alterStage = "ALTER STAGE"
    case dropStage = "DROP STAGE"
    case createFileFormat = "CREATE FILE FORMAT"
    case useFileFormat = "USE FILE FORMAT"
    case alterFileFormat = "ALTER FILE FORMAT"
    case dropFileFormat = "DROP FILE FORMAT"

    // Tags
    case createTag = "CREATE TAG"
    case describeTag = "DESCRIBE TAG"
    case applyTag = "APPLY TAG"
    case alterTag = "ALTER TAG"
    case dropTag = "DROP TAG"

    // Warehouses
    case createWarehouse = "CREATE WAREHOUSE"
    case useWarehouse = "USE WAREHOUSE"
    case describeWarehouse = "DESCRIBE WAREHOUSE"
    case operateWarehouse = "OPERATE WAREHOUSE"
    case alterWarehouse = "ALTER WAREHOUSE"
    case dropWarehouse = "DROP WAREHOUSE"

    // Users, roles, grants
    case createUser = "CREATE USER"
    case describeUser = "DESCRIBE USER"
    case alterUser = "ALTER USER"
    case dropUser = "DROP USER"
    case modifyAuthentication = "MODIFY AUTHENTICATION METHODS"
    case createRole = "CREATE ROLE"
    case describeRole = "DESCRIBE ROLE"
    case alterRole = "ALTER ROLE"
    case dropRole = "DROP ROLE"
    case grantRole = "GRANT ROLE"
    case revokeRole = "REVOKE ROLE"
    case grantPrivilege = "GRANT"
    case revokePrivilege = "REVOKE"
    case grantOwnership = "GRANT OWNERSHIP"
    case grantOnFuture = "GRANT ON FUTURE"
    case describeGrants = "SHOW GRANTS"

    // The server
    case monitorAccount = "MONITOR ACCOUNT"
    case manageWebhooks = "MANAGE WEBHOOKS"
}
