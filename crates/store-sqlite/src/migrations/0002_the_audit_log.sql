-- Who did what to accounts, sessions and rights: rows are added, and that is all.

CREATE TABLE audit (
    n        INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    -- Ids, not numbers of ours: nothing else has to be there for it to be read.
    by       BLOB,
    session  BLOB,
    what     TEXT NOT NULL,
    about    BLOB,
    room     BLOB
) STRICT;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
