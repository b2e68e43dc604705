-- The log, what is kept beside it, and the server's people.
--
-- Rooms and users have a small number of their own (n) that stands for their
-- id wherever rows are many. Where the key is the row, there is no rowid.

CREATE TABLE users (
    n         INTEGER PRIMARY KEY,
    id        BLOB NOT NULL UNIQUE,
    username  TEXT NOT NULL UNIQUE,
    name      TEXT NOT NULL,
    -- The name as it is searched: in lower case.
    name_key  TEXT NOT NULL,
    role      TEXT NOT NULL,
    disabled  INTEGER NOT NULL,
    -- Made while the server was a demo.
    demo      INTEGER NOT NULL,
    -- In PHC form; null where there is none.
    password  TEXT
) STRICT;

CREATE TABLE rooms (
    n             INTEGER PRIMARY KEY,
    id            BLOB NOT NULL UNIQUE,
    kind          TEXT NOT NULL,
    head          INTEGER NOT NULL,
    member_count  INTEGER NOT NULL,
    archived      INTEGER NOT NULL,
    name          TEXT,
    name_key      TEXT,
    topic         TEXT NOT NULL,
    -- In a direct room the ids of its people, sorted, one after the other.
    people        BLOB,
    made_by       INTEGER REFERENCES users (n),
    made_nonce    TEXT
) STRICT;
CREATE UNIQUE INDEX rooms_open ON rooms (name_key) WHERE kind = 'open';
CREATE UNIQUE INDEX rooms_direct ON rooms (people) WHERE people IS NOT NULL;
CREATE UNIQUE INDEX rooms_made ON rooms (made_by, made_nonce) WHERE made_nonce IS NOT NULL;

CREATE TABLE server (
    one            INTEGER PRIMARY KEY CHECK (one = 1),
    name           TEXT NOT NULL,
    epoch          TEXT NOT NULL,
    claimed        INTEGER NOT NULL,
    general        INTEGER NOT NULL REFERENCES rooms (n),
    -- The newest commit's number.
    commits        INTEGER NOT NULL,
    -- Counted up to try whether the disk takes a write.
    probes         INTEGER NOT NULL,
    -- Hash of the owner link's token, and until when it is good.
    claim_token    BLOB,
    claim_expires  INTEGER
) STRICT;

-- What was written, each text once, numbered from 1 without gaps. A row is added
-- at the end and never moves: none is deleted, and one changes only by being
-- overwritten with as many zeros. So no page keeps a copy of it. Nothing
-- refers here by REFERENCES: a child would turn that update into a deletion.
CREATE TABLE texts (
    n     INTEGER PRIMARY KEY,
    body  BLOB NOT NULL
) STRICT;

-- The log. `sum` is over room, seq and the whole JSON.
CREATE TABLE events (
    room     INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    sum      BLOB NOT NULL,
    -- Without the member `text`.
    json     TEXT NOT NULL,
    -- In `texts`, of a post or an edit; kept when it is redacted.
    text     INTEGER,
    -- The byte of `json` before which the member belongs; null without text.
    text_at  INTEGER,
    PRIMARY KEY (room, seq)
) STRICT, WITHOUT ROWID;

-- Messages as they stand.
CREATE TABLE messages (
    room       INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    by         INTEGER NOT NULL,
    rev        INTEGER NOT NULL,
    reply_to   INTEGER,
    edited_at  INTEGER,
    nonce      TEXT NOT NULL,
    -- Ids, as on the wire, between commas.
    mentions   TEXT,
    -- In `texts`: the post's or the newest edit's. Null once deleted.
    text       INTEGER,
    PRIMARY KEY (room, seq)
) STRICT, WITHOUT ROWID;

-- Which events edited a message: what a deletion has to redact.
CREATE TABLE edits (
    room    INTEGER NOT NULL,
    target  INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    PRIMARY KEY (room, target, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE reactions (
    room    INTEGER NOT NULL,
    target  INTEGER NOT NULL,
    emoji   TEXT NOT NULL,
    by      INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    PRIMARY KEY (room, target, emoji, by)
) STRICT, WITHOUT ROWID;

-- Kept as long as the log: a command sent again is answered as it was.
CREATE TABLE nonces (
    room        INTEGER NOT NULL,
    author      INTEGER NOT NULL,
    nonce       TEXT NOT NULL,
    seq         INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    target      INTEGER,
    -- 0: it changed nothing, and `seq` is the message's `rev` of then.
    made_event  INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    PRIMARY KEY (room, author, nonce)
) STRICT, WITHOUT ROWID;

CREATE TABLE members (
    room    INTEGER NOT NULL REFERENCES rooms (n),
    user    INTEGER NOT NULL REFERENCES users (n),
    role    TEXT NOT NULL,
    joined  INTEGER NOT NULL,
    -- The marker; not in the log.
    read    INTEGER NOT NULL,
    PRIMARY KEY (room, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_user ON members (user, room);
CREATE UNIQUE INDEX members_joined ON members (room, joined);
CREATE INDEX members_owners ON members (room) WHERE role = 'owner';

CREATE TABLE sessions (
    n             INTEGER PRIMARY KEY,
    id            BLOB NOT NULL UNIQUE,
    token         BLOB NOT NULL UNIQUE,
    user          INTEGER NOT NULL REFERENCES users (n),
    life          TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    last_seen_at  INTEGER NOT NULL,
    label         TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_user ON sessions (user);

CREATE TABLE invites (
    n           INTEGER PRIMARY KEY,
    id          BLOB NOT NULL UNIQUE,
    code        BLOB NOT NULL UNIQUE,
    by          INTEGER NOT NULL REFERENCES users (n),
    uses        INTEGER NOT NULL,
    max_uses    INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL
) STRICT;
