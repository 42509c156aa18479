-- A state.db as it was before its second schema.
PRAGMA journal_mode = WAL;
CREATE TABLE consumer (
    scope TEXT NOT NULL,
    name TEXT NOT NULL,
    shard INTEGER NOT NULL,
    shards INTEGER NOT NULL,
    session TEXT NOT NULL,
    resume_url TEXT NOT NULL,
    seq INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL,
    PRIMARY KEY (scope, name, shard)
) WITHOUT ROWID, STRICT;
CREATE TABLE sent (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    message TEXT NOT NULL,
    sent_ms INTEGER NOT NULL,
    PRIMARY KEY (scope, key)
) WITHOUT ROWID, STRICT;
PRAGMA user_version = 1;
