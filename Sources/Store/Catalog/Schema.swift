/// The tables of the catalog, as the migrations create them.
///
/// - Every securable thing is a row of `object`: one sequence of ids, one place for name, parent, owner, comment and
///   soft deletion. Kinds with more to say have a table of their own with the same id.
/// - Times are milliseconds since 1970, given by the application. Booleans are 0 and 1. JSON is opaque text.
/// - Names that only live rows must not share are guarded by partial unique indexes.
enum Schema {
    static let first: [String] = objects + access + models + labels + files + runtime

    private static let objects = [
        """
        CREATE TABLE setting (
            name TEXT PRIMARY KEY,
            value TEXT NOT NULL
        ) STRICT
        """,
        // parent_id: the account for databases, warehouses, roles, users; the database for schemas; else the schema.
        // family: kinds that share one space of names (TABLE and VIEW). name_ci: the name in upper case, for LIKE.
        // owner_role_id: the role with OWNERSHIP. session_id: the session that a temporary object belongs to.
        """
        CREATE TABLE object (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL CHECK (kind IN ('ACCOUNT', 'DATABASE', 'SCHEMA', 'MODEL', 'TABLE', 'VIEW', 'STAGE',
                'FILE_FORMAT', 'TAG', 'WAREHOUSE', 'ROLE', 'USER')),
            family TEXT NOT NULL,
            parent_id INTEGER REFERENCES object (id),
            name TEXT NOT NULL CHECK (name <> ''),
            name_ci TEXT NOT NULL,
            owner_role_id INTEGER REFERENCES object (id),
            comment TEXT NOT NULL DEFAULT '',
            session_id INTEGER,
            created_on INTEGER NOT NULL,
            altered_on INTEGER NOT NULL,
            dropped_on INTEGER,
            CHECK ((parent_id IS NULL) = (kind = 'ACCOUNT'))
        ) STRICT
        """,
        """
        CREATE UNIQUE INDEX object_name ON object (parent_id, family, name)
            WHERE dropped_on IS NULL AND session_id IS NULL
        """,
        """
        CREATE UNIQUE INDEX object_temporary_name ON object (parent_id, family, name, session_id)
            WHERE dropped_on IS NULL AND session_id IS NOT NULL
        """,
        "CREATE INDEX object_session ON object (session_id) WHERE session_id IS NOT NULL AND dropped_on IS NULL",
        "CREATE INDEX object_owner ON object (owner_role_id)",
        "CREATE INDEX object_parent ON object (parent_id)",
        """
        INSERT INTO object (id, kind, family, name, name_ci, created_on, altered_on)
            VALUES (1, 'ACCOUNT', 'ACCOUNT', 'ACCOUNT', 'ACCOUNT', 0, 0)
        """,
    ]

    private static let access = [
        """
        CREATE TABLE role (
            id INTEGER PRIMARY KEY REFERENCES object (id),
            is_system INTEGER NOT NULL DEFAULT 0 CHECK (is_system IN (0, 1))
        ) STRICT
        """,
        // default_namespace: 'DB' or 'DB.SCHEMA' as SQL writes it. attributes: a JSON object.
        """
        CREATE TABLE user_account (
            id INTEGER PRIMARY KEY REFERENCES object (id),
            display_name TEXT NOT NULL DEFAULT '',
            email TEXT NOT NULL DEFAULT '',
            password_hash TEXT,
            password_changed_on INTEGER,
            must_change_password INTEGER NOT NULL DEFAULT 0 CHECK (must_change_password IN (0, 1)),
            default_role_id INTEGER REFERENCES role (id),
            default_warehouse TEXT NOT NULL DEFAULT '',
            default_namespace TEXT NOT NULL DEFAULT '',
            disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
            last_login_on INTEGER,
            attributes TEXT NOT NULL DEFAULT '{}'
        ) STRICT
        """,
        // The role is granted to the grantee, a role or a user.
        """
        CREATE TABLE role_grant (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            role_id INTEGER NOT NULL REFERENCES role (id),
            grantee_kind TEXT NOT NULL CHECK (grantee_kind IN ('ROLE', 'USER')),
            grantee_id INTEGER NOT NULL REFERENCES object (id),
            granted_by_role_id INTEGER REFERENCES role (id),
            created_on INTEGER NOT NULL,
            UNIQUE (role_id, grantee_id),
            CHECK (role_id <> grantee_id)
        ) STRICT
        """,
        "CREATE INDEX role_grant_grantee ON role_grant (grantee_id)",
        // OWNERSHIP is not a row here: it is object.owner_role_id.
        """
        CREATE TABLE privilege_grant (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            privilege TEXT NOT NULL CHECK (privilege <> 'OWNERSHIP'),
            object_kind TEXT NOT NULL,
            object_id INTEGER NOT NULL REFERENCES object (id),
            role_id INTEGER NOT NULL REFERENCES role (id),
            grant_option INTEGER NOT NULL DEFAULT 0 CHECK (grant_option IN (0, 1)),
            granted_by_role_id INTEGER REFERENCES role (id),
            created_on INTEGER NOT NULL,
            UNIQUE (object_id, privilege, role_id)
        ) STRICT
        """,
        "CREATE INDEX privilege_grant_role ON privilege_grant (role_id)",
        // What every later object of the kind in the container (schema or database) is granted at its creation.
        """
        CREATE TABLE future_grant (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            privilege TEXT NOT NULL,
            object_kind TEXT NOT NULL,
            container_id INTEGER NOT NULL REFERENCES object (id),
            role_id INTEGER NOT NULL REFERENCES role (id),
            grant_option INTEGER NOT NULL DEFAULT 0 CHECK (grant_option IN (0, 1)),
            granted_by_role_id INTEGER REFERENCES role (id),
            created_on INTEGER NOT NULL,
            UNIQUE (container_id, object_kind, privilege, role_id)
        ) STRICT
        """,
    ]

    private static let models = [
        """
        CREATE TABLE blob (
            digest TEXT PRIMARY KEY CHECK (length(digest) = 64),
            md5 TEXT NOT NULL CHECK (length(md5) = 32),
            size INTEGER NOT NULL CHECK (size >= 0),
            created_on INTEGER NOT NULL
        ) STRICT
        """,
        // next_number: the number that the next version gets; it only grows.
        """
        CREATE TABLE model (
            id INTEGER PRIMARY KEY REFERENCES object (id),
            model_type TEXT NOT NULL DEFAULT 'USER_MODEL',
            display_name TEXT,
            next_number INTEGER NOT NULL DEFAULT 1,
            default_version_id INTEGER REFERENCES model_version (id)
        ) STRICT
        """,
        // digest: of the whole tree of artifacts, '' while live. attributes, runnable_in, environment: JSON for SHOW.
        """
        CREATE TABLE model_version (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            model_id INTEGER NOT NULL REFERENCES model (id),
            number INTEGER NOT NULL CHECK (number > 0),
            name TEXT NOT NULL CHECK (name <> ''),
            name_ci TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('LIVE', 'COMMITTED')),
            comment TEXT NOT NULL DEFAULT '',
            metadata TEXT NOT NULL DEFAULT '{}',
            user_data TEXT NOT NULL DEFAULT '{}',
            attributes TEXT NOT NULL DEFAULT '{}',
            runnable_in TEXT NOT NULL DEFAULT '[]',
            environment TEXT NOT NULL DEFAULT '{}',
            source TEXT NOT NULL DEFAULT '{}',
            digest TEXT NOT NULL DEFAULT '',
            size INTEGER NOT NULL DEFAULT 0 CHECK (size >= 0),
            created_by TEXT NOT NULL,
            created_on INTEGER NOT NULL,
            altered_on INTEGER NOT NULL,
            committed_on INTEGER,
            dropped_on INTEGER,
            UNIQUE (model_id, number)
        ) STRICT
        """,
        "CREATE UNIQUE INDEX model_version_name ON model_version (model_id, name) WHERE dropped_on IS NULL",
        // signature: the method's signature as JSON.
        """
        CREATE TABLE version_method (
            version_id INTEGER NOT NULL REFERENCES model_version (id),
            position INTEGER NOT NULL,
            name TEXT NOT NULL,
            signature TEXT NOT NULL,
            PRIMARY KEY (version_id, position),
            UNIQUE (version_id, name)
        ) STRICT
        """,
        """
        CREATE TABLE version_artifact (
            version_id INTEGER NOT NULL REFERENCES model_version (id),
            path TEXT NOT NULL CHECK (path <> ''),
            digest TEXT NOT NULL REFERENCES blob (digest),
            modified INTEGER NOT NULL,
            PRIMARY KEY (version_id, path)
        ) STRICT
        """,
        "CREATE INDEX version_artifact_digest ON version_artifact (digest)",
        """
        CREATE TABLE alias (
            model_id INTEGER NOT NULL REFERENCES model (id),
            name TEXT NOT NULL CHECK (name NOT IN ('', 'DEFAULT', 'FIRST', 'LAST')),
            version_id INTEGER NOT NULL REFERENCES model_version (id),
            created_on INTEGER NOT NULL,
            PRIMARY KEY (model_id, name)
        ) STRICT
        """,
        "CREATE INDEX alias_version ON alias (version_id)",
    ]

    private static let labels = [
        // allowed_values: a JSON array of texts, NULL where any value is allowed.
        """
        CREATE TABLE tag (
            id INTEGER PRIMARY KEY REFERENCES object (id),
            allowed_values TEXT
        ) STRICT
        """,
        """
        CREATE TABLE tag_assignment (
            tag_id INTEGER NOT NULL REFERENCES tag (id),
            object_kind TEXT NOT NULL,
            object_id INTEGER NOT NULL REFERENCES object (id),
            value TEXT NOT NULL,
            set_on INTEGER NOT NULL,
            PRIMARY KEY (tag_id, object_id)
        ) STRICT
        """,
        "CREATE INDEX tag_assignment_object ON tag_assignment (object_id)",
        // Free labels, as MLflow's clients set them: on a model or on a version, by id.
        """
        CREATE TABLE label (
            subject_kind TEXT NOT NULL CHECK (subject_kind IN ('MODEL', 'VERSION')),
            subject_id INTEGER NOT NULL,
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (subject_kind, subject_id, name)
        ) STRICT
        """,
    ]

    private static let files = [
        // options: a JSON object with the file format given at creation, if any.
        """
        CREATE TABLE stage (
            id INTEGER PRIMARY KEY REFERENCES object (id),
            options TEXT NOT NULL DEFAULT '{}'
        ) STRICT
        """,
        """
        CREATE TABLE stage_file (
            stage_id INTEGER NOT NULL REFERENCES stage (id),
            path TEXT NOT NULL CHECK (path <> ''),
            digest TEXT NOT NULL REFERENCES blob (digest),
            modified INTEGER NOT NULL,
            PRIMARY KEY (stage_id, path)
        ) STRICT
        """,
        "CREATE INDEX stage_file_digest ON stage_file (digest)",
        """
        CREATE TABLE file_format (
            id INTEGER PRIMARY KEY REFERENCES object (id),
            options TEXT NOT NULL DEFAULT '{}'
        ) STRICT
        """,
        // definition: the view's SQL text, '' for a table. columns: JSON about the columns, where the engine keeps any.
        """
        CREATE TABLE table_object (
            id INTEGER PRIMARY KEY REFERENCES object (id),
            definition TEXT NOT NULL DEFAULT '',
            columns TEXT NOT NULL DEFAULT '[]'
        ) STRICT
        """,
        // options: a JSON object of the properties that are only kept and shown.
        """
        CREATE TABLE warehouse (
            id INTEGER PRIMARY KEY REFERENCES object (id),
            size TEXT NOT NULL DEFAULT 'X-Small',
            suspended INTEGER NOT NULL DEFAULT 0 CHECK (suspended IN (0, 1)),
            options TEXT NOT NULL DEFAULT '{}'
        ) STRICT
        """,
    ]

    private static let runtime = [
        """
        CREATE TABLE query_history (
            query_id TEXT PRIMARY KEY,
            session_id INTEGER NOT NULL,
            user_name TEXT NOT NULL,
            role_name TEXT NOT NULL,
            warehouse_name TEXT NOT NULL DEFAULT '',
            database_name TEXT NOT NULL DEFAULT '',
            schema_name TEXT NOT NULL DEFAULT '',
            query_text TEXT NOT NULL,
            query_type TEXT NOT NULL,
            query_tag TEXT NOT NULL DEFAULT '',
            status TEXT NOT NULL,
            error_code TEXT NOT NULL DEFAULT '',
            error_message TEXT NOT NULL DEFAULT '',
            rows_produced INTEGER NOT NULL DEFAULT 0,
            started_on INTEGER NOT NULL,
            ended_on INTEGER NOT NULL,
            elapsed_microseconds INTEGER NOT NULL DEFAULT 0
        ) STRICT
        """,
        "CREATE INDEX query_history_started ON query_history (started_on, query_id)",
        """
        CREATE TABLE audit (
            seq INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            user_name TEXT NOT NULL,
            role_name TEXT NOT NULL,
            action TEXT NOT NULL,
            object_kind TEXT NOT NULL,
            object_id INTEGER NOT NULL,
            object_name TEXT NOT NULL,
            from_json TEXT NOT NULL,
            to_json TEXT NOT NULL,
            previous_hash TEXT NOT NULL,
            hash TEXT NOT NULL UNIQUE
        ) STRICT
        """,
        "CREATE INDEX audit_object ON audit (object_id, seq)",
    ]
}
