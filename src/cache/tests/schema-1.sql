-- A cache.db as it was before its second schema, with what two tokens had in it.
PRAGMA journal_mode = WAL;
CREATE TABLE scope (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE entity (
    rowid INTEGER PRIMARY KEY,
    scope INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    id ANY NOT NULL,
    within INTEGER NOT NULL,
    guild_id INTEGER NOT NULL,
    channel_id INTEGER,
    name TEXT,
    display TEXT,
    nick TEXT,
    source INTEGER NOT NULL,
    partial INTEGER NOT NULL,
    fetched_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL,
    json TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX entity_id ON entity (scope, kind, id, within);
CREATE INDEX entity_name ON entity (scope, kind, guild_id, name);
CREATE INDEX entity_display ON entity (scope, kind, guild_id, display) WHERE display IS NOT NULL;
CREATE INDEX entity_nick ON entity (scope, kind, guild_id, nick) WHERE nick IS NOT NULL;
CREATE INDEX entity_channel ON entity (scope, channel_id, kind) WHERE channel_id IS NOT NULL;
CREATE INDEX entity_used ON entity (scope, kind, used_at);
CREATE TABLE listing (
    scope INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    parent INTEGER NOT NULL,
    fetched_at INTEGER NOT NULL,
    PRIMARY KEY (scope, kind, parent)
) STRICT, WITHOUT ROWID;
CREATE TABLE listener (
    scope INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    shards INTEGER NOT NULL,
    ready_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    intents INTEGER NOT NULL,
    PRIMARY KEY (scope, shard, shards)
) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE message_text USING fts5 (content, content='', contentless_delete=1);
CREATE TRIGGER message_gone AFTER DELETE ON entity WHEN old.kind = 7 BEGIN
    DELETE FROM message_text WHERE rowid = old.rowid;
END;
PRAGMA user_version = 1;

INSERT INTO scope VALUES (1, 'api token'), (2, 'api other');
INSERT INTO setting VALUES ('mode', 'everything'), ('policy.role', 'ttl:1h');
INSERT INTO entity VALUES
    (1, 1, 1, 7, 0, 0, NULL, 'my guild', NULL, NULL, 1, 0, 1700000000000, 1700000000000,
     '{"id":"7","name":"My Guild"}'),
    (2, 1, 2, 72, 0, 7, NULL, 'general', NULL, NULL, 1, 0, 1700000000000, 1700000000000,
     '{"id":"72","name":"General","type":0,"guild_id":"7"}'),
    (3, 1, 7, 90, 0, 7, 72, NULL, NULL, NULL, 1, 0, 1700000000000, 1700000000000,
     '{"id":"90","channel_id":"72","guild_id":"7","content":"the old deploy failed"}'),
    (4, 1, 7, 91, 0, 7, 72, NULL, NULL, NULL, 1, 0, 1700000000000, 1700000000000,
     '{"id":"91","channel_id":"72","guild_id":"7","content":"the old backup failed"}'),
    (6, 2, 7, 95, 0, 8, 82, NULL, NULL, NULL, 1, 0, 1700000000000, 1700000000000,
     '{"id":"95","channel_id":"82","guild_id":"8","content":"another token failed"}');
INSERT INTO listing VALUES (1, 2, 7, 1700000000000);
INSERT INTO message_text (rowid, content) VALUES
    (3, 'the old deploy failed'), (4, 'the old backup failed'), (6, 'another token failed');
