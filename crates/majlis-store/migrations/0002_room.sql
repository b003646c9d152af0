-- Photos and sounds of others may make room: whose answer refers to each, and which were let go.

-- The first step did not make these in databases of its earliest days.
CREATE TABLE IF NOT EXISTS blobs (
    no INTEGER PRIMARY KEY,
    space INTEGER NOT NULL REFERENCES spaces ON DELETE CASCADE,
    id BLOB NOT NULL CHECK (length(id) = 32),
    size INTEGER NOT NULL,
    held INTEGER NOT NULL,
    pieces BLOB NOT NULL,
    part INTEGER,
    kept INTEGER NOT NULL,
    UNIQUE (space, id, size)
) STRICT;
CREATE INDEX IF NOT EXISTS blobs_missing ON blobs (space) WHERE held < size AND part IS NOT NULL;
CREATE INDEX IF NOT EXISTS blobs_unused ON blobs (space) WHERE part IS NULL;
CREATE TABLE IF NOT EXISTS blob_parts (
    blob INTEGER NOT NULL REFERENCES blobs ON DELETE CASCADE,
    at INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (blob, at)
) STRICT;
CREATE TABLE IF NOT EXISTS blob_copies (
    blob INTEGER NOT NULL REFERENCES blobs ON DELETE CASCADE,
    device INTEGER NOT NULL REFERENCES devices,
    PRIMARY KEY (blob, device)
) STRICT, WITHOUT ROWID;

ALTER TABLE blobs ADD COLUMN author INTEGER REFERENCES devices;
ALTER TABLE blobs ADD COLUMN let_go INTEGER NOT NULL DEFAULT 0;

CREATE INDEX blobs_of_others ON blobs (space, part) WHERE held >= size AND part > 0;
