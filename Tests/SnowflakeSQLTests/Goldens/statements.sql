CREATE MODEL ML.R.M WITH VERSION V1 FROM @ML.R.ST/model
==>
createModel(CreateModel(name: ObjectReference.name(ML.R.M), orReplace: false, ifNotExists: false, version: Optional(V1), isLive: false, source: Optional(VersionSource.files(StageReference.location(StageLocation.stage(ML.R.ST, path: "model")))), comment: nil))
----
CREATE OR REPLACE MODEL m FROM MODEL a.b.c VERSION "V-1" COMMENT = 'hi'
==>
createModel(CreateModel(name: ObjectReference.name(M), orReplace: true, ifNotExists: false, version: nil, isLive: false, source: Optional(VersionSource.model(ObjectReference.name(A.B.C), version: Optional("V-1"))), comment: Optional("hi")))
----
CREATE MODEL IF NOT EXISTS m WITH LIVE VERSION live_1
==>
createModel(CreateModel(name: ObjectReference.name(M), orReplace: false, ifNotExists: true, version: Optional(LIVE_1), isLive: true, source: nil, comment: nil))
----
CREATE MODEL m WITH VERSION s1 FROM 'snow://model/ML.R.Q/versions/V1/'
==>
createModel(CreateModel(name: ObjectReference.name(M), orReplace: false, ifNotExists: false, version: Optional(S1), isLive: false, source: Optional(VersionSource.files(StageReference.location(StageLocation.snow(SnowLocation(domain: "model", name: ML.R.Q, version: Optional(V1), path: ""))))), comment: nil))
----
CREATE MODEL m WITH VERSION s1 FROM snow://model/Q/versions/V1
==>
createModel(CreateModel(name: ObjectReference.name(M), orReplace: false, ifNotExists: false, version: Optional(S1), isLive: false, source: Optional(VersionSource.files(StageReference.location(StageLocation.snow(SnowLocation(domain: "model", name: Q, version: Optional(V1), path: ""))))), comment: nil))
----
ALTER MODEL IF EXISTS m SET COMMENT='x'
==>
alterModel(AlterModel(name: ObjectReference.name(M), ifExists: true, action: AlterModel.Action.set(comment: Optional("x"), defaultVersion: nil)))
----
ALTER MODEL m ADD VERSION v2 FROM MODEL m VERSION v1
==>
alterModel(AlterModel(name: ObjectReference.name(M), ifExists: false, action: AlterModel.Action.addVersion(Optional(V2), isLive: false, source: Optional(VersionSource.model(ObjectReference.name(M), version: Optional(V1))), comment: nil)))
----
ALTER MODEL m ADD LIVE VERSION live_2
==>
alterModel(AlterModel(name: ObjectReference.name(M), ifExists: false, action: AlterModel.Action.addVersion(Optional(LIVE_2), isLive: true, source: nil, comment: nil)))
----
ALTER MODEL m COMMIT VERSION live_1 RENAME VERSION TO v3
==>
alterModel(AlterModel(name: ObjectReference.name(M), ifExists: false, action: AlterModel.Action.commitVersion(LIVE_1, renameModel: nil, renameVersion: Optional(V3))))
----
ALTER MODEL m DROP VERSION v1
==>
alterModel(AlterModel(name: ObjectReference.name(M), ifExists: false, action: AlterModel.Action.dropVersion(V1)))
----
ALTER MODEL m RENAME TO a.b."c"
==>
alterModel(AlterModel(name: ObjectReference.name(M), ifExists: false, action: AlterModel.Action.rename(ObjectReference.name(A.B."c"))))
----
ALTER MODEL m UNSET COMMENT
==>
alterModel(AlterModel(name: ObjectReference.name(M), ifExists: false, action: AlterModel.Action.unsetComment))
----
ALTER MODEL m SET DEFAULT_VERSION = V2
==>
alterModel(AlterModel(name: ObjectReference.name(M), ifExists: false, action: AlterModel.Action.set(comment: nil, defaultVersion: Optional(V2))))
----
ALTER MODEL m SET TAG a.b.t = $$it's$$, u = 'w'
==>
alterModel(AlterModel(name: ObjectReference.name(M), ifExists: false, action: AlterModel.Action.setTags([TagAssignment(tag: ObjectReference.name(A.B.T), value: "it\'s"), TagAssignment(tag: ObjectReference.name(U), value: "w")])))
----
ALTER MODEL m UNSET TAG a.b.t, u
==>
alterModel(AlterModel(name: ObjectReference.name(M), ifExists: false, action: AlterModel.Action.unsetTags([ObjectReference.name(A.B.T), ObjectReference.name(U)])))
----
ALTER MODEL m VERSION v2 SET ALIAS = prod
==>
alterModel(AlterModel(name: ObjectReference.name(M), ifExists: false, action: AlterModel.Action.setAlias(version: V2, alias: PROD)))
----
ALTER MODEL m VERSION prod UNSET ALIAS
==>
alterModel(AlterModel(name: ObjectReference.name(M), ifExists: false, action: AlterModel.Action.unsetAlias(version: PROD)))
----
ALTER MODEL m MODIFY VERSION v SET COMMENT=$$a 'b'$$
==>
alterModel(AlterModel(name: ObjectReference.name(M), ifExists: false, action: AlterModel.Action.modifyVersion(V, comment: Optional("a \'b\'"), metadata: nil)))
----
ALTER MODEL m MODIFY VERSION v SET METADATA = '{"a": 1}'
==>
alterModel(AlterModel(name: ObjectReference.name(M), ifExists: false, action: AlterModel.Action.modifyVersion(V, comment: nil, metadata: Optional("{\"a\": 1}"))))
----
ALTER MODEL m MODIFY VERSION v UNSET COMMENT
==>
alterModel(AlterModel(name: ObjectReference.name(M), ifExists: false, action: AlterModel.Action.unsetVersionComment(V)))
----
DROP MODEL IF EXISTS a.b.c
==>
drop(DropStatement(kind: ObjectKind.model, name: ObjectReference.name(A.B.C), ifExists: true, cascade: true, position: RegistryError.Position(line: 1, column: 0)))
----
COMMENT ON MODEL m IS $$it's a $model$$
==>
comment(CommentStatement(kind: ObjectKind.model, name: ObjectReference.name(M), column: nil, ifExists: false, comment: "it\'s a $model"))
----
COMMENT IF EXISTS ON COLUMN s.t.c IS 'x'
==>
comment(CommentStatement(kind: ObjectKind.table, name: ObjectReference.name(S.T), column: Optional(C), ifExists: true, comment: "x"))
----
DESCRIBE MODEL m VERSION v
==>
describe(DescribeStatement(kind: "MODEL", name: Optional(ObjectReference.name(M)), queryID: nil, version: Optional(V), position: RegistryError.Position(line: 1, column: 0)))
----
SHOW MODELS LIKE 'M_%' IN SCHEMA ML.R
==>
show(ShowStatement(kind: "MODELS", terse: false, history: false, like: Optional("M_%"), scope: Optional(ShowScope.schema(Optional(ObjectReference.name(ML.R)))), startsWith: nil, limit: nil, from: nil, moment: nil, grants: nil, position: RegistryError.Position(line: 1, column: 0)))
----
SHOW MODELS IN ACCOUNT LIKE 'x'
==>
show(ShowStatement(kind: "MODELS", terse: false, history: false, like: Optional("x"), scope: Optional(ShowScope.account), startsWith: nil, limit: nil, from: nil, moment: nil, grants: nil, position: RegistryError.Position(line: 1, column: 0)))
----
SHOW MODELS IN DATABASE ML LIMIT 10 FROM 'A'
==>
show(ShowStatement(kind: "MODELS", terse: false, history: false, like: nil, scope: Optional(ShowScope.database(Optional(ObjectReference.name(ML)))), startsWith: nil, limit: Optional(10), from: Optional("A"), moment: nil, grants: nil, position: RegistryError.Position(line: 1, column: 0)))
----
SHOW VERSIONS LIKE 'V1' IN MODEL ML.R."m"
==>
show(ShowStatement(kind: "VERSIONS", terse: false, history: false, like: Optional("V1"), scope: Optional(ShowScope.model(ObjectReference.name(ML.R."m"), version: nil)), startsWith: nil, limit: nil, from: nil, moment: nil, grants: nil, position: RegistryError.Position(line: 1, column: 0)))
----
SHOW VERSIONS IN MODEL m AT(TIMESTAMP => DATEADD(hour, -1, CURRENT_TIMESTAMP())) LIMIT 3
==>
show(ShowStatement(kind: "VERSIONS", terse: false, history: false, like: nil, scope: Optional(ShowScope.model(ObjectReference.name(M), version: nil)), startsWith: nil, limit: Optional(3), from: nil, moment: Optional(TimeTravel(isBefore: false, point: TimeTravel.Point.timestamp, value: SQLText(tokens: ["DATEADD", "(", "hour", ",", "-", "1", ",", "CURRENT_TIMESTAMP", "(", ")", ")"]), position: RegistryError.Position(line: 1, column: 25))), grants: nil, position: RegistryError.Position(line: 1, column: 0)))
----
SHOW MODELS IN SCHEMA BEFORE (OFFSET => -60*5)
==>
show(ShowStatement(kind: "MODELS", terse: false, history: false, like: nil, scope: Optional(ShowScope.schema(nil)), startsWith: nil, limit: nil, from: nil, moment: Optional(TimeTravel(isBefore: true, point: TimeTravel.Point.offset, value: SQLText(tokens: ["-", "60", "*", "5"]), position: RegistryError.Position(line: 1, column: 22))), grants: nil, position: RegistryError.Position(line: 1, column: 0)))
----
UNDROP MODEL ml.r.m
==>
undrop(UndropStatement(kind: ObjectKind.model, name: ObjectReference.name(ML.R.M), position: RegistryError.Position(line: 1, column: 0)))
----
SHOW FUNCTIONS IN MODEL m VERSION v
==>
show(ShowStatement(kind: "FUNCTIONS", terse: false, history: false, like: nil, scope: Optional(ShowScope.model(ObjectReference.name(M), version: Optional(V))), startsWith: nil, limit: nil, from: nil, moment: nil, grants: nil, position: RegistryError.Position(line: 1, column: 0)))
----
SHOW TERSE TABLES HISTORY LIKE 'a' IN SCHEMA STARTS WITH 'A'
==>
show(ShowStatement(kind: "TABLES", terse: true, history: true, like: Optional("a"), scope: Optional(ShowScope.schema(nil)), startsWith: Optional("A"), limit: nil, from: nil, moment: nil, grants: nil, position: RegistryError.Position(line: 1, column: 0)))
----
SHOW FILE FORMATS
==>
show(ShowStatement(kind: "FILE FORMATS", terse: false, history: false, like: nil, scope: nil, startsWith: nil, limit: nil, from: nil, moment: nil, grants: nil, position: RegistryError.Position(line: 1, column: 0)))
----
SHOW PARAMETERS LIKE 'QUOTED_IDENTIFIERS_IGNORE_CASE' IN SESSION
==>
show(ShowStatement(kind: "PARAMETERS", terse: false, history: false, like: Optional("QUOTED_IDENTIFIERS_IGNORE_CASE"), scope: Optional(ShowScope.session), startsWith: nil, limit: nil, from: nil, moment: nil, grants: nil, position: RegistryError.Position(line: 1, column: 0)))
----
SHOW COLUMNS IN TABLE a.b.c
==>
show(ShowStatement(kind: "COLUMNS", terse: false, history: false, like: nil, scope: Optional(ShowScope.table(ObjectReference.name(A.B.C))), startsWith: nil, limit: nil, from: nil, moment: nil, grants: nil, position: RegistryError.Position(line: 1, column: 0)))
----
SHOW GRANTS ON MODEL m
==>
show(ShowStatement(kind: "GRANTS", terse: false, history: false, like: nil, scope: nil, startsWith: nil, limit: nil, from: nil, moment: nil, grants: Optional(GrantsScope.on(ObjectKind.model, Optional(ObjectReference.name(M)))), position: RegistryError.Position(line: 1, column: 0)))
----
SHOW GRANTS TO ROLE r
==>
show(ShowStatement(kind: "GRANTS", terse: false, history: false, like: nil, scope: nil, startsWith: nil, limit: nil, from: nil, moment: nil, grants: Optional(GrantsScope.toRole(R)), position: RegistryError.Position(line: 1, column: 0)))
----
SHOW GRANTS OF ROLE r
==>
show(ShowStatement(kind: "GRANTS", terse: false, history: false, like: nil, scope: nil, startsWith: nil, limit: nil, from: nil, moment: nil, grants: Optional(GrantsScope.ofRole(R)), position: RegistryError.Position(line: 1, column: 0)))
----
SHOW FUTURE GRANTS IN SCHEMA a.b
==>
show(ShowStatement(kind: "GRANTS", terse: false, history: false, like: nil, scope: nil, startsWith: nil, limit: nil, from: nil, moment: nil, grants: Optional(GrantsScope.future(ObjectKind.schema, ObjectReference.name(A.B))), position: RegistryError.Position(line: 1, column: 0)))
----
SHOW SERVICES IN SCHEMA a.b STARTS WITH 'S'
==>
show(ShowStatement(kind: "SERVICES", terse: false, history: false, like: nil, scope: Optional(ShowScope.schema(Optional(ObjectReference.name(A.B)))), startsWith: Optional("S"), limit: nil, from: nil, moment: nil, grants: nil, position: RegistryError.Position(line: 1, column: 0)))
----
CREATE DATABASE IF NOT EXISTS d COMMENT = 'c'
==>
createDatabase(CreateContainer(name: ObjectReference.name(D), orReplace: false, ifNotExists: true, comment: Optional("c"), clone: nil, options: StatementOptions(entries: [])))
----
CREATE OR REPLACE SCHEMA d.s WITH MANAGED ACCESS
==>
createSchema(CreateContainer(name: ObjectReference.name(D.S), orReplace: true, ifNotExists: false, comment: nil, clone: nil, options: StatementOptions(entries: [])))
----
CREATE TABLE t (a INT NOT NULL DEFAULT 1 + 2 COMMENT 'x', "b" NUMBER(10, 2) PRIMARY KEY, c VARCHAR(10) UNIQUE, PRIMARY KEY (a))
==>
createTable(CreateTable(name: ObjectReference.name(T), orReplace: false, ifNotExists: false, lifetime: Lifetime.permanent, content: CreateTable.Content.columns([ColumnDefinition(name: A, type: Optional(SQLType.fixed(precision: 38, scale: 0)), duckType: Optional("BIGINT"), notNull: true, primaryKey: false, unique: false, defaultValue: Optional(SQLText(tokens: ["1", "+", "2"])), identity: nil, comment: Optional("x")), ColumnDefinition(name: "b", type: Optional(SQLType.fixed(precision: 10, scale: 2)), duckType: Optional("DECIMAL(10,2)"), notNull: false, primaryKey: true, unique: false, defaultValue: nil, identity: nil, comment: nil), ColumnDefinition(name: C, type: Optional(SQLType.text(length: 10)), duckType: Optional("VARCHAR"), notNull: false, primaryKey: false, unique: true, defaultValue: nil, identity: nil, comment: nil)], constraints: [TableConstraint.primaryKey([A])]), comment: nil, options: StatementOptions(entries: [])))
----
CREATE SCOPED TEMPORARY TABLE IF NOT EXISTS identifier(?) ("A" REAL, "_ID" NUMBER(38, 0))
==>
createTable(CreateTable(name: ObjectReference.binding(1), orReplace: false, ifNotExists: true, lifetime: Lifetime.temporary, content: CreateTable.Content.columns([ColumnDefinition(name: A, type: Optional(SQLType.real), duckType: Optional("DOUBLE"), notNull: false, primaryKey: false, unique: false, defaultValue: nil, identity: nil, comment: nil), ColumnDefinition(name: _ID, type: Optional(SQLType.fixed(precision: 38, scale: 0)), duckType: Optional("HUGEINT"), notNull: false, primaryKey: false, unique: false, defaultValue: nil, identity: nil, comment: nil)], constraints: []), comment: nil, options: StatementOptions(entries: [])))
----
CREATE OR REPLACE TABLE t("G" STRING(16777216), "A" DOUBLE) AS SELECT * FROM (SELECT * FROM u)
==>
createTable(CreateTable(name: ObjectReference.name(T), orReplace: true, ifNotExists: false, lifetime: Lifetime.permanent, content: CreateTable.Content.query([ColumnDefinition(name: G, type: Optional(SQLType.text(length: 16777216)), duckType: Optional("VARCHAR"), notNull: false, primaryKey: false, unique: false, defaultValue: nil, identity: nil, comment: nil), ColumnDefinition(name: A, type: Optional(SQLType.real), duckType: Optional("DOUBLE"), notNull: false, primaryKey: false, unique: false, defaultValue: nil, identity: nil, comment: nil)], SQLText(tokens: ["SELECT", "*", "FROM", "(", "SELECT", "*", "FROM", "u", ")"])), comment: nil, options: StatementOptions(entries: [])))
----
CREATE TABLE t LIKE u
==>
createTable(CreateTable(name: ObjectReference.name(T), orReplace: false, ifNotExists: false, lifetime: Lifetime.permanent, content: CreateTable.Content.like(ObjectReference.name(U)), comment: nil, options: StatementOptions(entries: [])))
----
CREATE TRANSIENT TABLE t CLONE u
==>
createTable(CreateTable(name: ObjectReference.name(T), orReplace: false, ifNotExists: false, lifetime: Lifetime.transient, content: CreateTable.Content.clone(ObjectReference.name(U)), comment: nil, options: StatementOptions(entries: [])))
----
CREATE TABLE t AS SELECT 1 AS a
==>
createTable(CreateTable(name: ObjectReference.name(T), orReplace: false, ifNotExists: false, lifetime: Lifetime.permanent, content: CreateTable.Content.query([], SQLText(tokens: ["SELECT", "1", "AS", "a"])), comment: nil, options: StatementOptions(entries: [])))
----
ALTER TABLE t RENAME TO u
==>
alterTable(AlterTable(name: ObjectReference.name(T), ifExists: false, action: AlterTable.Action.rename(ObjectReference.name(U))))
----
ALTER TABLE IF EXISTS t ADD COLUMN IF NOT EXISTS a INT DEFAULT 1, b TEXT
==>
alterTable(AlterTable(name: ObjectReference.name(T), ifExists: true, action: AlterTable.Action.addColumns([ColumnDefinition(name: A, type: Optional(SQLType.fixed(precision: 38, scale: 0)), duckType: Optional("BIGINT"), notNull: false, primaryKey: false, unique: false, defaultValue: Optional(SQLText(tokens: ["1"])), identity: nil, comment: nil), ColumnDefinition(name: B, type: Optional(SQLType.text(length: 16777216)), duckType: Optional("VARCHAR"), notNull: false, primaryKey: false, unique: false, defaultValue: nil, identity: nil, comment: nil)], ifNotExists: true)))
----
ALTER TABLE t DROP COLUMN a, b
==>
alterTable(AlterTable(name: ObjectReference.name(T), ifExists: false, action: AlterTable.Action.dropColumns([A, B], ifExists: false)))
----
ALTER TABLE t RENAME COLUMN a TO b
==>
alterTable(AlterTable(name: ObjectReference.name(T), ifExists: false, action: AlterTable.Action.renameColumn(A, to: B)))
----
ALTER TABLE t ALTER COLUMN a SET DATA TYPE VARCHAR(20)
==>
alterTable(AlterTable(name: ObjectReference.name(T), ifExists: false, action: AlterTable.Action.alterColumn(A, AlterTable.ColumnChange.type(SQLType.text(length: 20)))))
----
CREATE OR REPLACE SECURE VIEW IF NOT EXISTS v (a, b) COMMENT = 'x' AS SELECT 1, 2
==>
createView(CreateView(name: ObjectReference.name(V), orReplace: true, ifNotExists: true, isTemporary: false, isSecure: true, columns: [A, B], comment: Optional("x"), query: SQLText(tokens: ["SELECT", "1", ",", "2"])))
----
CREATE TEMP STAGE /* c */ identifier(?) FILE_FORMAT=(TYPE=PARQUET COMPRESSION=gzip BINARY_AS_TEXT=FALSE)
==>
createStage(CreateStage(name: ObjectReference.binding(1), orReplace: false, ifNotExists: false, isTemporary: true, comment: nil, fileFormat: StatementOptions(entries: [StatementOptions.Entry(name: "TYPE", value: OptionValue.word("PARQUET"), position: Optional(RegistryError.Position(line: 1, column: 53))), StatementOptions.Entry(name: "COMPRESSION", value: OptionValue.word("gzip"), position: Optional(RegistryError.Position(line: 1, column: 66))), StatementOptions.Entry(name: "BINARY_AS_TEXT", value: OptionValue.word("FALSE"), position: Optional(RegistryError.Position(line: 1, column: 83)))]), options: StatementOptions(entries: [])))
----
CREATE STAGE s FILE_FORMAT = my_format COMMENT = 'x' DIRECTORY = (ENABLE = TRUE)
==>
createStage(CreateStage(name: ObjectReference.name(S), orReplace: false, ifNotExists: false, isTemporary: false, comment: Optional("x"), fileFormat: StatementOptions(entries: [StatementOptions.Entry(name: "FORMAT_NAME", value: OptionValue.word("my_format"), position: Optional(RegistryError.Position(line: 1, column: 15)))]), options: StatementOptions(entries: [StatementOptions.Entry(name: "DIRECTORY", value: OptionValue.options(StatementOptions(entries: [StatementOptions.Entry(name: "ENABLE", value: OptionValue.word("TRUE"), position: Optional(RegistryError.Position(line: 1, column: 66)))])), position: Optional(RegistryError.Position(line: 1, column: 53)))])))
----
CREATE TEMP FILE FORMAT identifier(?) TYPE=PARQUET COMPRESSION=auto USE_LOGICAL_TYPE = TRUE
==>
createFileFormat(CreateFileFormat(name: ObjectReference.binding(1), orReplace: false, ifNotExists: false, isTemporary: true, comment: nil, options: StatementOptions(entries: [StatementOptions.Entry(name: "TYPE", value: OptionValue.word("PARQUET"), position: Optional(RegistryError.Position(line: 1, column: 38))), StatementOptions.Entry(name: "COMPRESSION", value: OptionValue.word("auto"), position: Optional(RegistryError.Position(line: 1, column: 51))), StatementOptions.Entry(name: "USE_LOGICAL_TYPE", value: OptionValue.word("TRUE"), position: Optional(RegistryError.Position(line: 1, column: 68)))])))
----
CREATE FILE FORMAT f TYPE = CSV FIELD_DELIMITER = '|' SKIP_HEADER = 1 NULL_IF = ('', 'NULL')
==>
createFileFormat(CreateFileFormat(name: ObjectReference.name(F), orReplace: false, ifNotExists: false, isTemporary: false, comment: nil, options: StatementOptions(entries: [StatementOptions.Entry(name: "TYPE", value: OptionValue.word("CSV"), position: Optional(RegistryError.Position(line: 1, column: 21))), StatementOptions.Entry(name: "FIELD_DELIMITER", value: OptionValue.string("|"), position: Optional(RegistryError.Position(line: 1, column: 32))), StatementOptions.Entry(name: "SKIP_HEADER", value: OptionValue.number("1"), position: Optional(RegistryError.Position(line: 1, column: 54))), StatementOptions.Entry(name: "NULL_IF", value: OptionValue.list([OptionValue.string(""), OptionValue.string("NULL")]), position: Optional(RegistryError.Position(line: 1, column: 70)))])))
----
CREATE TAG IF NOT EXISTS t ALLOWED_VALUES 'a', 'b' COMMENT = 'x'
==>
createTag(CreateTag(name: ObjectReference.name(T), orReplace: false, ifNotExists: true, allowedValues: Optional(["a", "b"]), comment: Optional("x")))
----
CREATE WAREHOUSE w WITH WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 60
==>
createWarehouse(CreateWithOptions(name: ObjectReference.name(W), orReplace: false, ifNotExists: false, comment: nil, options: StatementOptions(entries: [StatementOptions.Entry(name: "WAREHOUSE_SIZE", value: OptionValue.word("XSMALL"), position: Optional(RegistryError.Position(line: 1, column: 24))), StatementOptions.Entry(name: "AUTO_SUSPEND", value: OptionValue.number("60"), position: Optional(RegistryError.Position(line: 1, column: 48)))])))
----
CREATE ROLE r COMMENT = 'x'
==>
createRole(CreateWithOptions(name: ObjectReference.name(R), orReplace: false, ifNotExists: false, comment: Optional("x"), options: StatementOptions(entries: [])))
----
CREATE USER u PASSWORD = 'p' DEFAULT_ROLE = r
==>
createUser(CreateWithOptions(name: ObjectReference.name(U), orReplace: false, ifNotExists: false, comment: nil, options: StatementOptions(entries: [StatementOptions.Entry(name: "PASSWORD", value: OptionValue.string("p"), position: Optional(RegistryError.Position(line: 1, column: 14))), StatementOptions.Entry(name: "DEFAULT_ROLE", value: OptionValue.word("r"), position: Optional(RegistryError.Position(line: 1, column: 29)))])))
----
ALTER USER u SET PASSWORD = 'q'
==>
alter(AlterObject(kind: ObjectKind.user, name: Optional(ObjectReference.name(U)), ifExists: false, action: AlterObject.Action.set(StatementOptions(entries: [StatementOptions.Entry(name: "PASSWORD", value: OptionValue.string("q"), position: Optional(RegistryError.Position(line: 1, column: 17)))])), position: RegistryError.Position(line: 1, column: 0)))
----
ALTER SCHEMA s RENAME TO t
==>
alter(AlterObject(kind: ObjectKind.schema, name: Optional(ObjectReference.name(S)), ifExists: false, action: AlterObject.Action.rename(ObjectReference.name(T)), position: RegistryError.Position(line: 1, column: 0)))
----
ALTER DATABASE d SET COMMENT = 'x'
==>
alter(AlterObject(kind: ObjectKind.database, name: Optional(ObjectReference.name(D)), ifExists: false, action: AlterObject.Action.set(StatementOptions(entries: [StatementOptions.Entry(name: "COMMENT", value: OptionValue.string("x"), position: Optional(RegistryError.Position(line: 1, column: 21)))])), position: RegistryError.Position(line: 1, column: 0)))
----
ALTER WAREHOUSE w SUSPEND
==>
alter(AlterObject(kind: ObjectKind.warehouse, name: Optional(ObjectReference.name(W)), ifExists: false, action: AlterObject.Action.other("SUSPEND"), position: RegistryError.Position(line: 1, column: 0)))
----
ALTER TAG t ADD ALLOWED_VALUES 'c'
==>
alter(AlterObject(kind: ObjectKind.tag, name: Optional(ObjectReference.name(T)), ifExists: false, action: AlterObject.Action.addAllowedValues(["c"]), position: RegistryError.Position(line: 1, column: 0)))
----
DROP TABLE IF EXISTS t CASCADE
==>
drop(DropStatement(kind: ObjectKind.table, name: ObjectReference.name(T), ifExists: true, cascade: true, position: RegistryError.Position(line: 1, column: 0)))
----
DROP FILE FORMAT f
==>
drop(DropStatement(kind: ObjectKind.fileFormat, name: ObjectReference.name(F), ifExists: false, cascade: true, position: RegistryError.Position(line: 1, column: 0)))
----
UNDROP SCHEMA s
==>
undrop(UndropStatement(kind: ObjectKind.schema, name: ObjectReference.name(S), position: RegistryError.Position(line: 1, column: 0)))
----
TRUNCATE TABLE IF EXISTS t
==>
truncate(TruncateTable(name: ObjectReference.name(T), ifExists: true))
----
DESC TABLE t
==>
describe(DescribeStatement(kind: "TABLE", name: Optional(ObjectReference.name(T)), queryID: nil, version: nil, position: RegistryError.Position(line: 1, column: 0)))
----
DESC t
==>
describe(DescribeStatement(kind: "TABLE", name: Optional(ObjectReference.name(T)), queryID: nil, version: nil, position: RegistryError.Position(line: 1, column: 0)))
----
DESCRIBE RESULT 'abc'
==>
describe(DescribeStatement(kind: "RESULT", name: nil, queryID: Optional("abc"), version: nil, position: RegistryError.Position(line: 1, column: 0)))
----
DESC ARTIFACT REPOSITORY snowflake.snowpark.pypi_shared_repository
==>
describe(DescribeStatement(kind: "ARTIFACT REPOSITORY", name: Optional(ObjectReference.name(SNOWFLAKE.SNOWPARK.PYPI_SHARED_REPOSITORY)), queryID: nil, version: nil, position: RegistryError.Position(line: 1, column: 0)))
----
GRANT USAGE, READ ON MODEL m TO ROLE r
==>
grant(GrantStatement(privileges: ["USAGE", "READ"], target: GrantTarget.object(ObjectKind.model, ObjectReference.name(M)), grantee: R, granteeIsUser: false, withGrantOption: false, grantOptionOnly: false, currentGrants: nil, position: RegistryError.Position(line: 1, column: 0)))
----
GRANT USAGE ON ALL MODELS IN SCHEMA a.b TO ROLE r
==>
grant(GrantStatement(privileges: ["USAGE"], target: GrantTarget.all(ObjectKind.model, in: ObjectKind.schema, ObjectReference.name(A.B)), grantee: R, granteeIsUser: false, withGrantOption: false, grantOptionOnly: false, currentGrants: nil, position: RegistryError.Position(line: 1, column: 0)))
----
GRANT USAGE ON FUTURE MODELS IN SCHEMA a.b TO ROLE r
==>
grant(GrantStatement(privileges: ["USAGE"], target: GrantTarget.future(ObjectKind.model, in: ObjectKind.schema, ObjectReference.name(A.B)), grantee: R, granteeIsUser: false, withGrantOption: false, grantOptionOnly: false, currentGrants: nil, position: RegistryError.Position(line: 1, column: 0)))
----
GRANT CREATE MODEL ON SCHEMA a.b TO ROLE r WITH GRANT OPTION
==>
grant(GrantStatement(privileges: ["CREATE MODEL"], target: GrantTarget.object(ObjectKind.schema, ObjectReference.name(A.B)), grantee: R, granteeIsUser: false, withGrantOption: true, grantOptionOnly: false, currentGrants: nil, position: RegistryError.Position(line: 1, column: 0)))
----
GRANT OWNERSHIP ON MODEL m TO ROLE "R" COPY CURRENT GRANTS
==>
grant(GrantStatement(privileges: ["OWNERSHIP"], target: GrantTarget.object(ObjectKind.model, ObjectReference.name(M)), grantee: R, granteeIsUser: false, withGrantOption: false, grantOptionOnly: false, currentGrants: Optional(GrantStatement.CurrentGrants.copy), position: RegistryError.Position(line: 1, column: 0)))
----
GRANT ALL PRIVILEGES ON ACCOUNT TO ROLE r
==>
grant(GrantStatement(privileges: ["ALL"], target: GrantTarget.account, grantee: R, granteeIsUser: false, withGrantOption: false, grantOptionOnly: false, currentGrants: nil, position: RegistryError.Position(line: 1, column: 0)))
----
REVOKE USAGE ON MODEL m FROM ROLE r
==>
revoke(GrantStatement(privileges: ["USAGE"], target: GrantTarget.object(ObjectKind.model, ObjectReference.name(M)), grantee: R, granteeIsUser: false, withGrantOption: false, grantOptionOnly: false, currentGrants: nil, position: RegistryError.Position(line: 1, column: 0)))
----
GRANT ROLE r TO USER u
==>
grantRole(GrantRole(role: R, grantee: U, granteeIsUser: true))
----
REVOKE ROLE r FROM ROLE s
==>
revokeRole(GrantRole(role: R, grantee: S, granteeIsUser: false))
----
USE DATABASE d
==>
use(UseStatement.database(ObjectReference.name(D)))
----
USE SCHEMA d.s
==>
use(UseStatement.schema(ObjectReference.name(D.S)))
----
USE d
==>
use(UseStatement.unspecified(ObjectReference.name(D)))
----
USE ROLE r
==>
use(UseStatement.role(ObjectReference.name(R)))
----
USE SECONDARY ROLES ALL
==>
use(UseStatement.secondaryRoles(SecondaryRoles.all))
----
ALTER SESSION SET TIMEZONE='UTC' QUERY_TAG = 'x'
==>
alterSession(AlterSession.set(StatementOptions(entries: [StatementOptions.Entry(name: "TIMEZONE", value: OptionValue.string("UTC"), position: Optional(RegistryError.Position(line: 1, column: 18))), StatementOptions.Entry(name: "QUERY_TAG", value: OptionValue.string("x"), position: Optional(RegistryError.Position(line: 1, column: 33)))])))
----
ALTER SESSION UNSET TIMEZONE
==>
alterSession(AlterSession.unset(["TIMEZONE"]))
----
SET v = 1 + 2
==>
setVariables(SetVariables(assignments: [SetVariables.Assignment(name: V, value: SQLText(tokens: ["1", "+", "2"]))]))
----
SET (a, b) = (1, 'x')
==>
setVariables(SetVariables(assignments: [SetVariables.Assignment(name: A, value: SQLText(tokens: ["1"])), SetVariables.Assignment(name: B, value: SQLText(tokens: ["\'x\'"]))]))
----
UNSET v
==>
unsetVariables([V])
----
BEGIN TRANSACTION
==>
begin
----
START TRANSACTION
==>
begin
----
COMMIT WORK
==>
commit
----
ROLLBACK
==>
rollback
----
EXPLAIN SELECT 1
==>
explain(SQLText(tokens: ["SELECT", "1"]))
----
PUT 'file:///dir/a b.csv' '@s/d'  parallel = 4 source_compression = 'AUTO_DETECT' auto_compress = True overwrite = False
==>
put(PutStatement(path: "/dir/a b.csv", target: StageReference.location(StageLocation.stage(S, path: "d")), options: StatementOptions(entries: [StatementOptions.Entry(name: "PARALLEL", value: OptionValue.number("4"), position: Optional(RegistryError.Position(line: 1, column: 34))), StatementOptions.Entry(name: "SOURCE_COMPRESSION", value: OptionValue.string("AUTO_DETECT"), position: Optional(RegistryError.Position(line: 1, column: 47))), StatementOptions.Entry(name: "AUTO_COMPRESS", value: OptionValue.word("True"), position: Optional(RegistryError.Position(line: 1, column: 82))), StatementOptions.Entry(name: "OVERWRITE", value: OptionValue.word("False"), position: Optional(RegistryError.Position(line: 1, column: 103)))])))
----
PUT 'file:///dir/f' ? parallel=4 source_compression=auto_detect
==>
put(PutStatement(path: "/dir/f", target: StageReference.binding(1), options: StatementOptions(entries: [StatementOptions.Entry(name: "PARALLEL", value: OptionValue.number("4"), position: Optional(RegistryError.Position(line: 1, column: 22))), StatementOptions.Entry(name: "SOURCE_COMPRESSION", value: OptionValue.word("auto_detect"), position: Optional(RegistryError.Position(line: 1, column: 33)))])))
----
GET 'snow://model/ML.R.M/versions/V1/MANIFEST.yml' 'file:///dir/x'  parallel = 10 PATTERN = '.*'
==>
get(GetStatement(source: StageReference.location(StageLocation.snow(SnowLocation(domain: "model", name: ML.R.M, version: Optional(V1), path: "MANIFEST.yml"))), path: "/dir/x", options: StatementOptions(entries: [StatementOptions.Entry(name: "PARALLEL", value: OptionValue.number("10"), position: Optional(RegistryError.Position(line: 1, column: 68)))]), pattern: Optional(".*")))
----
LIST @s
==>
list(ListStatement(location: StageReference.location(StageLocation.stage(S, path: "")), pattern: nil))
----
LS 'snow://model/M/versions/V1/' PATTERN = '.*yml'
==>
list(ListStatement(location: StageReference.location(StageLocation.snow(SnowLocation(domain: "model", name: M, version: Optional(V1), path: ""))), pattern: Optional(".*yml")))
----
REMOVE @s/a.csv
==>
remove(ListStatement(location: StageReference.location(StageLocation.stage(S, path: "a.csv")), pattern: nil))
----
COPY INTO t FROM @s/a FILES = ('a.csv', 'b.csv') FILE_FORMAT = (TYPE = CSV SKIP_HEADER = 1) ON_ERROR = CONTINUE FORCE = TRUE
==>
copyIntoTable(CopyIntoTable(table: ObjectReference.name(T), columns: [], source: CopyIntoTable.Source.stage(StageReference.location(StageLocation.stage(S, path: "a"))), files: ["a.csv", "b.csv"], pattern: nil, fileFormat: StatementOptions(entries: [StatementOptions.Entry(name: "TYPE", value: OptionValue.word("CSV"), position: Optional(RegistryError.Position(line: 1, column: 64))), StatementOptions.Entry(name: "SKIP_HEADER", value: OptionValue.number("1"), position: Optional(RegistryError.Position(line: 1, column: 75)))]), options: StatementOptions(entries: [StatementOptions.Entry(name: "ON_ERROR", value: OptionValue.word("CONTINUE"), position: Optional(RegistryError.Position(line: 1, column: 92))), StatementOptions.Entry(name: "FORCE", value: OptionValue.word("TRUE"), position: Optional(RegistryError.Position(line: 1, column: 112)))])))
----
COPY INTO identifier(?) ("A") FROM (SELECT $1:"A"::REAL FROM '@"ML"."S"') FILE_FORMAT=(TYPE=PARQUET) PURGE=TRUE ON_ERROR=?
==>
copyIntoTable(CopyIntoTable(table: ObjectReference.binding(1), columns: [A], source: CopyIntoTable.Source.query(SQLText(tokens: ["SELECT", "$1", ":", "\"A\"", "::", "REAL", "FROM", "\'@\"ML\".\"S\"\'"])), files: [], pattern: nil, fileFormat: StatementOptions(entries: [StatementOptions.Entry(name: "TYPE", value: OptionValue.word("PARQUET"), position: Optional(RegistryError.Position(line: 1, column: 87)))]), options: StatementOptions(entries: [StatementOptions.Entry(name: "PURGE", value: OptionValue.word("TRUE"), position: Optional(RegistryError.Position(line: 1, column: 101))), StatementOptions.Entry(name: "ON_ERROR", value: OptionValue.binding(2), position: Optional(RegistryError.Position(line: 1, column: 112)))])))
----
COPY INTO '@s/o/' FROM ( SELECT * FROM t) FILE_FORMAT = ( TYPE = parquet ) overwrite = True HEADER = True
==>
copyIntoStage(CopyIntoStage(target: StageReference.location(StageLocation.stage(S, path: "o/")), source: CopyIntoStage.Source.query(SQLText(tokens: ["SELECT", "*", "FROM", "t"])), partitionBy: nil, fileFormat: StatementOptions(entries: [StatementOptions.Entry(name: "TYPE", value: OptionValue.word("parquet"), position: Optional(RegistryError.Position(line: 1, column: 58)))]), options: StatementOptions(entries: [StatementOptions.Entry(name: "OVERWRITE", value: OptionValue.word("True"), position: Optional(RegistryError.Position(line: 1, column: 75))), StatementOptions.Entry(name: "HEADER", value: OptionValue.word("True"), position: Optional(RegistryError.Position(line: 1, column: 92)))])))
----
COPY INTO @s/x FROM t PARTITION BY (a) MAX_FILE_SIZE = 100
==>
copyIntoStage(CopyIntoStage(target: StageReference.location(StageLocation.stage(S, path: "x")), source: CopyIntoStage.Source.table(ObjectReference.name(T)), partitionBy: Optional(SQLText(tokens: ["a"])), fileFormat: StatementOptions(entries: []), options: StatementOptions(entries: [StatementOptions.Entry(name: "MAX_FILE_SIZE", value: OptionValue.number("100"), position: Optional(RegistryError.Position(line: 1, column: 39)))])))
----
INSERT INTO t (a, b) VALUES (1, DEFAULT), (2, 'x')
==>
insert(InsertStatement(table: ObjectReference.name(T), overwrite: false, columns: [A, B], source: SQLText(tokens: ["VALUES", "(", "1", ",", "DEFAULT", ")", ",", "(", "2", ",", "\'x\'", ")"])))
----
INSERT OVERWRITE INTO t SELECT 1
==>
insert(InsertStatement(table: ObjectReference.name(T), overwrite: true, columns: [], source: SQLText(tokens: ["SELECT", "1"])))
----
UPDATE t x SET a = 1, x.b = c + 1 FROM u WHERE x.a = u.a
==>
update(UpdateStatement(table: ObjectReference.name(T), alias: Optional(X), assignments: [Assignment(column: A, value: SQLText(tokens: ["1"])), Assignment(column: B, value: SQLText(tokens: ["c", "+", "1"]))], from: Optional(SQLText(tokens: ["u"])), condition: Optional(SQLText(tokens: ["x", ".", "a", "=", "u", ".", "a"]))))
----
DELETE FROM t AS x USING u, v WHERE x.a = u.a
==>
delete(DeleteStatement(table: ObjectReference.name(T), alias: Optional(X), using: Optional(SQLText(tokens: ["u", ",", "v"])), condition: Optional(SQLText(tokens: ["x", ".", "a", "=", "u", ".", "a"]))))
----
MERGE INTO t USING (SELECT 1 AS a) s ON t.a = s.a WHEN MATCHED AND s.b THEN DELETE WHEN MATCHED THEN UPDATE SET t.a = s.a WHEN NOT MATCHED THEN INSERT (a) VALUES (s.a)
==>
merge(MergeStatement(table: ObjectReference.name(T), alias: nil, source: SQLText(tokens: ["(", "SELECT", "1", "AS", "a", ")"]), sourceAlias: Optional(S), condition: SQLText(tokens: ["t", ".", "a", "=", "s", ".", "a"]), clauses: [MergeStatement.Clause(matched: true, condition: Optional(SQLText(tokens: ["s", ".", "b"])), action: MergeStatement.Action.delete), MergeStatement.Clause(matched: true, condition: nil, action: MergeStatement.Action.update([Assignment(column: A, value: SQLText(tokens: ["s", ".", "a"]))])), MergeStatement.Clause(matched: false, condition: nil, action: MergeStatement.Action.insert([A], [SQLText(tokens: ["s", ".", "a"])]))]))
----
CALL SYSTEM$DEPLOY_MODEL('@s/deploy.yml')
==>
unsupported(UnsupportedStatement(name: "CALL SYSTEM$DEPLOY_MODEL", position: RegistryError.Position(line: 1, column: 0), hint: nil))
----
EXECUTE INFERENCE JOB SERVICE IN COMPUTE POOL p
==>
unsupported(UnsupportedStatement(name: "EXECUTE INFERENCE JOB SERVICE", position: RegistryError.Position(line: 1, column: 0), hint: nil))
----
CREATE SERVICE s IN COMPUTE POOL p
==>
unsupported(UnsupportedStatement(name: "CREATE SERVICE", position: RegistryError.Position(line: 1, column: 0), hint: nil))
----
CREATE MODEL MONITOR mm WITH x = 1
==>
unsupported(UnsupportedStatement(name: "CREATE MODEL MONITOR", position: RegistryError.Position(line: 1, column: 0), hint: nil))
----
SHOW TABLES ->> SELECT * FROM $1
==>
flow([Statement.show(ShowStatement(kind: "TABLES", terse: false, history: false, like: nil, scope: nil, startsWith: nil, limit: nil, from: nil, moment: nil, grants: nil, position: RegistryError.Position(line: 1, column: 0))), Statement.query(SQLText(tokens: ["SELECT", "*", "FROM", "$1"]))])
----
ALTER USER u SET RSA_PUBLIC_KEY = 'MII' DEFAULT_SECONDARY_ROLES = ('ALL')
==>
alter(AlterObject(kind: ObjectKind.user, name: Optional(ObjectReference.name(U)), ifExists: false, action: AlterObject.Action.set(StatementOptions(entries: [StatementOptions.Entry(name: "RSA_PUBLIC_KEY", value: OptionValue.string("MII"), position: Optional(RegistryError.Position(line: 1, column: 17))), StatementOptions.Entry(name: "DEFAULT_SECONDARY_ROLES", value: OptionValue.list([OptionValue.string("ALL")]), position: Optional(RegistryError.Position(line: 1, column: 40)))])), position: RegistryError.Position(line: 1, column: 0)))
----
ALTER USER UNSET RSA_PUBLIC_KEY, EMAIL
==>
alter(AlterObject(kind: ObjectKind.user, name: nil, ifExists: false, action: AlterObject.Action.unset(["RSA_PUBLIC_KEY", "EMAIL"]), position: RegistryError.Position(line: 1, column: 0)))
----
ALTER USER IF EXISTS u ADD PROGRAMMATIC ACCESS TOKEN t ROLE_RESTRICTION = 'r' DAYS_TO_EXPIRY = 7 COMMENT = 'c'
==>
alter(AlterObject(kind: ObjectKind.user, name: Optional(ObjectReference.name(U)), ifExists: true, action: AlterObject.Action.accessToken(AccessTokenAction.add(T, StatementOptions(entries: [StatementOptions.Entry(name: "ROLE_RESTRICTION", value: OptionValue.string("r"), position: Optional(RegistryError.Position(line: 1, column: 55))), StatementOptions.Entry(name: "DAYS_TO_EXPIRY", value: OptionValue.number("7"), position: Optional(RegistryError.Position(line: 1, column: 78))), StatementOptions.Entry(name: "COMMENT", value: OptionValue.string("c"), position: Optional(RegistryError.Position(line: 1, column: 97)))]))), position: RegistryError.Position(line: 1, column: 0)))
----
ALTER USER ADD PAT t
==>
alter(AlterObject(kind: ObjectKind.user, name: nil, ifExists: false, action: AlterObject.Action.accessToken(AccessTokenAction.add(T, StatementOptions(entries: []))), position: RegistryError.Position(line: 1, column: 0)))
----
ALTER USER u ROTATE PAT t EXPIRE_ROTATED_TOKEN_AFTER_HOURS = 0
==>
alter(AlterObject(kind: ObjectKind.user, name: Optional(ObjectReference.name(U)), ifExists: false, action: AlterObject.Action.accessToken(AccessTokenAction.rotate(T, StatementOptions(entries: [StatementOptions.Entry(name: "EXPIRE_ROTATED_TOKEN_AFTER_HOURS", value: OptionValue.number("0"), position: Optional(RegistryError.Position(line: 1, column: 26)))]))), position: RegistryError.Position(line: 1, column: 0)))
----
ALTER USER u MODIFY PAT t RENAME TO v
==>
alter(AlterObject(kind: ObjectKind.user, name: Optional(ObjectReference.name(U)), ifExists: false, action: AlterObject.Action.accessToken(AccessTokenAction.rename(T, to: V)), position: RegistryError.Position(line: 1, column: 0)))
----
ALTER USER u MODIFY PAT t SET DISABLED = TRUE
==>
alter(AlterObject(kind: ObjectKind.user, name: Optional(ObjectReference.name(U)), ifExists: false, action: AlterObject.Action.accessToken(AccessTokenAction.set(T, StatementOptions(entries: [StatementOptions.Entry(name: "DISABLED", value: OptionValue.word("TRUE"), position: Optional(RegistryError.Position(line: 1, column: 30)))]))), position: RegistryError.Position(line: 1, column: 0)))
----
ALTER USER u MODIFY PROGRAMMATIC ACCESS TOKEN t UNSET COMMENT, DISABLED
==>
alter(AlterObject(kind: ObjectKind.user, name: Optional(ObjectReference.name(U)), ifExists: false, action: AlterObject.Action.accessToken(AccessTokenAction.unset(T, ["COMMENT", "DISABLED"])), position: RegistryError.Position(line: 1, column: 0)))
----
ALTER USER REMOVE PAT t
==>
alter(AlterObject(kind: ObjectKind.user, name: nil, ifExists: false, action: AlterObject.Action.accessToken(AccessTokenAction.remove(T)), position: RegistryError.Position(line: 1, column: 0)))
----
ALTER USER add SET COMMENT = 'a user called ADD'
==>
alter(AlterObject(kind: ObjectKind.user, name: Optional(ObjectReference.name(ADD)), ifExists: false, action: AlterObject.Action.set(StatementOptions(entries: [StatementOptions.Entry(name: "COMMENT", value: OptionValue.string("a user called ADD"), position: Optional(RegistryError.Position(line: 1, column: 19)))])), position: RegistryError.Position(line: 1, column: 0)))
----
ALTER USER u MODIFY PAT t
==>
ERROR syntax: syntax error line 1 at position 25 unexpected '<EOF>'. Expected RENAME TO, SET or UNSET.
----
SHOW USER PROGRAMMATIC ACCESS TOKENS
==>
show(ShowStatement(kind: "USER PROGRAMMATIC ACCESS TOKENS", terse: false, history: false, like: nil, scope: nil, startsWith: nil, limit: nil, from: nil, moment: nil, grants: nil, position: RegistryError.Position(line: 1, column: 0)))
----
SHOW USER PATS FOR USER u
==>
show(ShowStatement(kind: "USER PATS", terse: false, history: false, like: nil, scope: Optional(ShowScope.other("USER", ObjectReference.name(U))), startsWith: nil, limit: nil, from: nil, moment: nil, grants: nil, position: RegistryError.Position(line: 1, column: 0)))
----
SHOW FUTURE GRANTS TO ROLE r
==>
show(ShowStatement(kind: "GRANTS", terse: false, history: false, like: nil, scope: nil, startsWith: nil, limit: nil, from: nil, moment: nil, grants: Optional(GrantsScope.futureToRole(R)), position: RegistryError.Position(line: 1, column: 0)))
----
USE SECONDARY ROLES NONE
==>
use(UseStatement.secondaryRoles(SecondaryRoles.none))
----
USE SECONDARY ROLES "b"
==>
use(UseStatement.secondaryRoles(SecondaryRoles.some(Set(["b"]))))
----
GRANT MODIFY PROGRAMMATIC AUTHENTICATION METHODS ON USER u TO ROLE r
==>
grant(GrantStatement(privileges: ["MODIFY PROGRAMMATIC AUTHENTICATION METHODS"], target: GrantTarget.object(ObjectKind.user, ObjectReference.name(U)), grantee: R, granteeIsUser: false, withGrantOption: false, grantOptionOnly: false, currentGrants: nil, position: RegistryError.Position(line: 1, column: 0)))
----
