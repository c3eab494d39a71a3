extension Schema {
    /// Who is told of what happens in the registry, and what is still to be told.
    static let webhooks: [String] = [
        // events: a JSON array of texts. secret: sealed by the door that signs with it, NULL for none. seen: the audit row
        // up to which deliveries have been made out of what happened.
        """
        CREATE TABLE webhook (
            id TEXT PRIMARY KEY CHECK (id <> ''),
            name TEXT NOT NULL CHECK (name <> ''),
            description TEXT NOT NULL DEFAULT '',
            url TEXT NOT NULL CHECK (url <> ''),
            events TEXT NOT NULL,
            secret TEXT,
            status TEXT NOT NULL CHECK (status IN ('ACTIVE', 'DISABLED')),
            seen INTEGER NOT NULL,
            created_on INTEGER NOT NULL,
            updated_on INTEGER NOT NULL
        ) STRICT
        """,
        // body: what is sent, byte for byte, at every try. next_on: not before this moment.
        """
        CREATE TABLE webhook_delivery (
            id TEXT PRIMARY KEY CHECK (id <> ''),
            webhook_id TEXT NOT NULL REFERENCES webhook (id),
            audit_seq INTEGER NOT NULL,
            event TEXT NOT NULL,
            body TEXT NOT NULL,
            state TEXT NOT NULL DEFAULT 'PENDING' CHECK (state IN ('PENDING', 'DELIVERED', 'FAILED')),
            attempts INTEGER NOT NULL DEFAULT 0,
            next_on INTEGER NOT NULL,
            status INTEGER,
            error TEXT NOT NULL DEFAULT '',
            created_on INTEGER NOT NULL,
            UNIQUE (webhook_id, audit_seq)
        ) STRICT
        """,
        "CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_id, next_on) WHERE state = 'PENDING'",
    ]
}
