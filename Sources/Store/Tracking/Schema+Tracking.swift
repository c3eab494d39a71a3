extension Schema {
    /// Experiments, runs, logged models and their files, and what MLflow's clients say of versions and aliases.
    ///
    /// Metric values: SQLite keeps NaN as NULL, so that `is_nan` says which NULL is meant. A file belongs to a run or to
    /// a logged model (`root_kind`), by the id that its clients know it by.
    static let tracking: [String] = experiments + runs + loggedModels + trackedFiles + registered

    private static let experiments = [
        """
        CREATE TABLE experiment (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL CHECK (name <> ''),
            lifecycle TEXT NOT NULL DEFAULT 'active' CHECK (lifecycle IN ('active', 'deleted')),
            owner_role_id INTEGER REFERENCES object (id),
            created_on INTEGER NOT NULL,
            updated_on INTEGER NOT NULL
        ) STRICT
        """,
        "CREATE UNIQUE INDEX experiment_name ON experiment (name) WHERE lifecycle = 'active'",
        "INSERT INTO experiment (id, name, created_on, updated_on) VALUES (0, 'Default', 0, 0)",
        """
        CREATE TABLE experiment_tag (
            experiment_id INTEGER NOT NULL REFERENCES experiment (id),
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (experiment_id, name)
        ) STRICT
        """,
    ]

    private static let runs = [
        """
        CREATE TABLE run (
            id TEXT PRIMARY KEY CHECK (length(id) = 32),
            experiment_id INTEGER NOT NULL REFERENCES experiment (id),
            name TEXT NOT NULL,
            user_name TEXT NOT NULL,
            status TEXT NOT NULL,
            started_on INTEGER NOT NULL,
            ended_on INTEGER,
            lifecycle TEXT NOT NULL DEFAULT 'active' CHECK (lifecycle IN ('active', 'deleted')),
            created_on INTEGER NOT NULL
        ) STRICT
        """,
        "CREATE INDEX run_experiment ON run (experiment_id, started_on, id)",
        """
        CREATE TABLE run_param (
            run_id TEXT NOT NULL REFERENCES run (id),
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (run_id, name)
        ) STRICT
        """,
        """
        CREATE TABLE run_tag (
            run_id TEXT NOT NULL REFERENCES run (id),
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (run_id, name)
        ) STRICT
        """,
        // Every value that was logged, in the order of their coming.
        """
        CREATE TABLE metric_point (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            run_id TEXT NOT NULL REFERENCES run (id),
            name TEXT NOT NULL,
            value REAL,
            is_nan INTEGER NOT NULL DEFAULT 0 CHECK (is_nan IN (0, 1)),
            at INTEGER NOT NULL,
            step INTEGER NOT NULL,
            model_id TEXT NOT NULL DEFAULT '',
            dataset_name TEXT NOT NULL DEFAULT '',
            dataset_digest TEXT NOT NULL DEFAULT ''
        ) STRICT
        """,
        // A value that is logged again, as clients do to say which model it is about, stays one.
        """
        CREATE UNIQUE INDEX metric_point_value ON metric_point
            (run_id, name, at, step, COALESCE(value, 0.0), is_nan, dataset_name)
        """,
        "CREATE INDEX metric_point_model ON metric_point (model_id, name) WHERE model_id <> ''",
        // The newest value of each metric: of the highest step, then the latest time, then the largest value.
        """
        CREATE TABLE run_metric (
            run_id TEXT NOT NULL REFERENCES run (id),
            name TEXT NOT NULL,
            value REAL,
            is_nan INTEGER NOT NULL DEFAULT 0 CHECK (is_nan IN (0, 1)),
            at INTEGER NOT NULL,
            step INTEGER NOT NULL,
            model_id TEXT NOT NULL DEFAULT '',
            dataset_name TEXT NOT NULL DEFAULT '',
            dataset_digest TEXT NOT NULL DEFAULT '',
            PRIMARY KEY (run_id, name)
        ) STRICT
        """,
        """
        CREATE TABLE dataset (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            experiment_id INTEGER NOT NULL REFERENCES experiment (id),
            name TEXT NOT NULL,
            digest TEXT NOT NULL,
            source_type TEXT NOT NULL,
            source TEXT NOT NULL,
            schema TEXT,
            profile TEXT,
            UNIQUE (experiment_id, name, digest)
        ) STRICT
        """,
        // tags: a JSON object of texts.
        """
        CREATE TABLE run_dataset (
            run_id TEXT NOT NULL REFERENCES run (id),
            dataset_id INTEGER NOT NULL REFERENCES dataset (id),
            tags TEXT NOT NULL DEFAULT '{}',
            PRIMARY KEY (run_id, dataset_id)
        ) STRICT
        """,
        // direction: INPUT for a model that a run reads, OUTPUT for one that it makes.
        """
        CREATE TABLE run_model (
            run_id TEXT NOT NULL REFERENCES run (id),
            model_id TEXT NOT NULL,
            direction TEXT NOT NULL CHECK (direction IN ('INPUT', 'OUTPUT')),
            step INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (run_id, model_id, direction)
        ) STRICT
        """,
    ]

    private static let loggedModels = [
        """
        CREATE TABLE logged_model (
            id TEXT PRIMARY KEY CHECK (id LIKE 'm-%'),
            experiment_id INTEGER NOT NULL REFERENCES experiment (id),
            name TEXT NOT NULL,
            model_type TEXT NOT NULL DEFAULT '',
            source_run_id TEXT NOT NULL DEFAULT '',
            status TEXT NOT NULL,
            lifecycle TEXT NOT NULL DEFAULT 'active' CHECK (lifecycle IN ('active', 'deleted')),
            created_on INTEGER NOT NULL,
            updated_on INTEGER NOT NULL
        ) STRICT
        """,
        "CREATE INDEX logged_model_experiment ON logged_model (experiment_id, created_on)",
        "CREATE INDEX logged_model_run ON logged_model (source_run_id) WHERE source_run_id <> ''",
        """
        CREATE TABLE logged_model_param (
            model_id TEXT NOT NULL REFERENCES logged_model (id),
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (model_id, name)
        ) STRICT
        """,
        """
        CREATE TABLE logged_model_tag (
            model_id TEXT NOT NULL REFERENCES logged_model (id),
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (model_id, name)
        ) STRICT
        """,
        """
        CREATE TABLE logged_model_metric (
            model_id TEXT NOT NULL REFERENCES logged_model (id),
            name TEXT NOT NULL,
            dataset_name TEXT NOT NULL DEFAULT '',
            dataset_digest TEXT NOT NULL DEFAULT '',
            run_id TEXT NOT NULL,
            value REAL,
            is_nan INTEGER NOT NULL DEFAULT 0 CHECK (is_nan IN (0, 1)),
            at INTEGER NOT NULL,
            step INTEGER NOT NULL,
            PRIMARY KEY (model_id, name, dataset_name, dataset_digest)
        ) STRICT
        """,
    ]

    private static let trackedFiles = [
        """
        CREATE TABLE tracked_file (
            root_kind TEXT NOT NULL CHECK (root_kind IN ('RUN', 'MODEL')),
            root_id TEXT NOT NULL,
            path TEXT NOT NULL CHECK (path <> ''),
            digest TEXT NOT NULL REFERENCES blob (digest),
            modified INTEGER NOT NULL,
            PRIMARY KEY (root_kind, root_id, path)
        ) STRICT
        """,
        "CREATE INDEX tracked_file_digest ON tracked_file (digest)",
    ]

    private static let registered = [
        "ALTER TABLE model_version ADD COLUMN stage TEXT NOT NULL DEFAULT 'None'",
        "ALTER TABLE model_version ADD COLUMN run_id TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE model_version ADD COLUMN run_link TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE model_version ADD COLUMN logged_model_id TEXT NOT NULL DEFAULT ''",
        // Where the version came from, as its client said it.
        "ALTER TABLE model_version ADD COLUMN source_uri TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX model_version_run ON model_version (run_id) WHERE run_id <> ''",
        // The alias as it was written, where that differs from its resolved name.
        "ALTER TABLE alias ADD COLUMN display_name TEXT",
    ]
}
