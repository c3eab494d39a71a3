extension Schema {
    /// What users log in with beside passwords, and more of what is known about them.
    static let logins: [String] = [
        // login_name: what the user logs in with, NULL for its own name.
        "ALTER TABLE user_account ADD COLUMN login_name TEXT",
        """
        ALTER TABLE user_account ADD COLUMN user_type TEXT NOT NULL DEFAULT 'PERSON'
            CHECK (user_type IN ('PERSON', 'SERVICE', 'LEGACY_SERVICE'))
        """,
        "ALTER TABLE user_account ADD COLUMN first_name TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE user_account ADD COLUMN middle_name TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE user_account ADD COLUMN last_name TEXT NOT NULL DEFAULT ''",
        // The moment after which the user can't log in any more, and the one before which it can't.
        "ALTER TABLE user_account ADD COLUMN expires_on INTEGER",
        "ALTER TABLE user_account ADD COLUMN locked_until INTEGER",
        "ALTER TABLE user_account ADD COLUMN default_secondary_roles TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX user_account_login ON user_account (login_name)",
        // der: the public key (SubjectPublicKeyInfo) in base64. fingerprint: base64 of the SHA-256 of its bytes.
        """
        CREATE TABLE user_key (
            user_id INTEGER NOT NULL REFERENCES user_account (id),
            slot INTEGER NOT NULL CHECK (slot IN (1, 2)),
            der TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            set_on INTEGER NOT NULL,
            PRIMARY KEY (user_id, slot)
        ) STRICT
        """,
        // secret_hash: SHA-256 of the secret, in hex; the secret itself is nowhere. role_id: the one role that a session
        // with the token acts in. rotated_to: the name of the token that took the place of this one.
        """
        CREATE TABLE access_token (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user_id INTEGER NOT NULL REFERENCES user_account (id),
            name TEXT NOT NULL CHECK (name <> ''),
            secret_hash TEXT NOT NULL UNIQUE CHECK (length(secret_hash) = 64),
            role_id INTEGER REFERENCES role (id),
            comment TEXT NOT NULL DEFAULT '',
            disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
            days_to_expiry INTEGER NOT NULL CHECK (days_to_expiry > 0),
            expires_on INTEGER NOT NULL,
            rotated_to TEXT NOT NULL DEFAULT '',
            created_by TEXT NOT NULL,
            created_on INTEGER NOT NULL,
            UNIQUE (user_id, name)
        ) STRICT
        """,
    ]
}
