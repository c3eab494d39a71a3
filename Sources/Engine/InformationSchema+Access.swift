import Registry
import Store
import Types

/// Roles and privileges in INFORMATION_SCHEMA.
extension StatementContext {
    func applicableRolesView() throws -> TextTable {
        TextTable(
            columns: ShownRows.columns("GRANTEE ROLE_NAME ROLE_OWNER IS_GRANTABLE"),
            rows: try engine.registry.roles(ofUser: true, as: principal).map {
                [session.user.name, $0.name.name, $0.owner, "NO"]
            })
    }

    func enabledRolesView() throws -> TextTable {
        TextTable(
            columns: ShownRows.columns("ROLE_NAME ROLE_OWNER"),
            rows: try engine.registry.roles(ofUser: false, as: principal).map { [$0.name.name, $0.owner] })
    }

    func objectPrivilegesView(_ database: Identifier) throws -> TextTable {
        TextTable(
            columns: ShownRows.columns(
                """
                GRANTOR GRANTEE GRANTED_TO OBJECT_CATALOG OBJECT_SCHEMA OBJECT_NAME OBJECT_TYPE PRIVILEGE_TYPE \
                IS_GRANTABLE CREATED:ltz
                """),
            rows: try engine.registry.privileges(inDatabase: database, as: principal).map { grant in
                [
                    grant.grantor, grant.grantee, "ROLE", grant.catalog, grant.schema, grant.name,
                    Self.spelled(grant.kind), grant.privilege, grant.isGrantable ? "YES" : "NO",
                    Self.timestamp(grant.createdOn),
                ]
            })
    }

    func usagePrivilegesView(_ database: Identifier) throws -> TextTable {
        TextTable(
            columns: ShownRows.columns(
                """
                GRANTOR GRANTEE OBJECT_CATALOG OBJECT_SCHEMA OBJECT_NAME OBJECT_TYPE PRIVILEGE_TYPE IS_GRANTABLE \
                CREATED:ltz
                """),
            rows: try engine.registry.privileges(inDatabase: database, as: principal).filter {
                $0.privilege == Privilege.usage.rawValue
            }.map { grant in
                [
                    grant.grantor, grant.grantee, grant.catalog, grant.schema, grant.name, Self.spelled(grant.kind),
                    grant.privilege, grant.isGrantable ? "YES" : "NO", Self.timestamp(grant.createdOn),
                ]
            })
    }

    func tablePrivilegesView(_ database: Identifier) throws -> TextTable {
        TextTable(
            columns: ShownRows.columns(
                """
                GRANTOR GRANTEE GRANTED_TO TABLE_CATALOG TABLE_SCHEMA TABLE_NAME PRIVILEGE_TYPE IS_GRANTABLE \
                WITH_HIERARCHY CREATED:ltz
                """),
            rows: try engine.registry.privileges(inDatabase: database, as: principal).filter {
                $0.kind.family == ObjectKind.table.family
            }.map { grant in
                [
                    grant.grantor, grant.grantee, "ROLE", grant.catalog, grant.schema, grant.name, grant.privilege,
                    grant.isGrantable ? "YES" : "NO", "NO", Self.timestamp(grant.createdOn),
                ]
            })
    }

    /// `FILE FORMAT` for `FILE_FORMAT`.
    private static func spelled(_ kind: ObjectKind) -> String {
        kind.rawValue.split(separator: "_").joined(separator: " ")
    }
}
