-- The first schema. Numbers (`no`) are local; every name that means something is a blob.

CREATE TABLE spaces (
    no INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 32)
) STRICT;

CREATE TABLE devices (
    no INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 32)
) STRICT;

CREATE TABLE lanes (
    no INTEGER PRIMARY KEY,
    space INTEGER NOT NULL REFERENCES spaces ON DELETE CASCADE,
    id BLOB NOT NULL CHECK (length(id) = 16),
    UNIQUE (space, id)
) STRICT;

-- What is true: signed headers in order of arrival, their payloads apart so that one may be erased.

CREATE TABLE entries (
    no INTEGER PRIMARY KEY,
    lane INTEGER NOT NULL REFERENCES lanes ON DELETE CASCADE,
    device INTEGER NOT NULL REFERENCES devices,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    prev BLOB NOT NULL,
    warrant BLOB NOT NULL,
    version INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    claimed INTEGER NOT NULL,
    payload_hash BLOB NOT NULL,
    payload_len INTEGER NOT NULL,
    signature BLOB NOT NULL,
    -- 0 admitted, 1 carried, 2 waiting, 3 quarantined, 4 refused, 5 unknown; and why.
    state INTEGER NOT NULL,
    reason INTEGER NOT NULL,
    -- Whether the saved document of the lane holds it.
    saved INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX entries_by_chain ON entries (lane, device, seq);
CREATE INDEX entries_after_save ON entries (lane) WHERE kind = 2 AND saved = 0 AND state <= 1;
CREATE INDEX entries_of_documents ON entries (lane, state, device, claimed) WHERE kind = 2;
CREATE INDEX entries_by_state ON entries (lane, state);

CREATE TABLE payloads (
    entry INTEGER PRIMARY KEY REFERENCES entries ON DELETE CASCADE,
    -- Whether the body is a zstd frame of the payload, or the payload itself.
    packed INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;

-- Own work that no entry carries yet, and numbers never to be used again.

CREATE TABLE draft_changes (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    lane INTEGER NOT NULL REFERENCES lanes ON DELETE CASCADE,
    session INTEGER NOT NULL,
    change BLOB NOT NULL
) STRICT;
CREATE INDEX draft_changes_by_lane ON draft_changes (lane);

CREATE TABLE draft_records (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    lane INTEGER NOT NULL REFERENCES lanes ON DELETE CASCADE,
    device INTEGER NOT NULL REFERENCES devices,
    record BLOB NOT NULL
) STRICT;
CREATE INDEX draft_records_by_lane ON draft_records (lane);

CREATE TABLE sessions (
    lane INTEGER PRIMARY KEY REFERENCES lanes ON DELETE CASCADE,
    number INTEGER NOT NULL
) STRICT;

-- Photos and sounds, as far as they are here.

CREATE TABLE blobs (
    no INTEGER PRIMARY KEY,
    space INTEGER NOT NULL REFERENCES spaces ON DELETE CASCADE,
    id BLOB NOT NULL CHECK (length(id) = 32),
    size INTEGER NOT NULL,
    -- Bytes from the beginning that are here, and what proves pieces.
    held INTEGER NOT NULL,
    pieces BLOB NOT NULL,
    -- What it is to those who refer to it: 0 preview, 1 sound, 2 photo; NULL while nobody does.
    part INTEGER,
    -- When it was kept here for an answer to come; 0 when it came from others.
    kept INTEGER NOT NULL,
    UNIQUE (space, id, size)
) STRICT;
CREATE INDEX blobs_missing ON blobs (space) WHERE held < size AND part IS NOT NULL;
CREATE INDEX blobs_unused ON blobs (space) WHERE part IS NULL;

CREATE TABLE blob_parts (
    blob INTEGER NOT NULL REFERENCES blobs ON DELETE CASCADE,
    at INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (blob, at)
) STRICT;

-- Which other devices have a whole blob, by their word.
CREATE TABLE blob_copies (
    blob INTEGER NOT NULL REFERENCES blobs ON DELETE CASCADE,
    device INTEGER NOT NULL REFERENCES devices,
    PRIMARY KEY (blob, device)
) STRICT, WITHOUT ROWID;

-- What this device alone knows: peers, settings (a space's may come before the space), half-filled
-- fields of the interface.

CREATE TABLE peers (
    space INTEGER NOT NULL REFERENCES spaces ON DELETE CASCADE,
    device INTEGER NOT NULL REFERENCES devices,
    heard INTEGER NOT NULL,
    has INTEGER NOT NULL,
    lacks INTEGER NOT NULL,
    missing_here INTEGER NOT NULL,
    -- The transport key under which it was last met: one device at most.
    transport BLOB,
    -- How far its arrivals are known to be here: their count, their check, and how many there
    -- were here then. All or none.
    upto INTEGER,
    arrival_check BLOB,
    held INTEGER,
    PRIMARY KEY (space, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
    space BLOB NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (space, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE interface_drafts (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    saved INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Caches and projections: everything below is made again from entries and drafts.

CREATE TABLE documents (
    lane INTEGER PRIMARY KEY REFERENCES lanes ON DELETE CASCADE,
    save BLOB NOT NULL
) STRICT;

CREATE TABLE outlines (
    lane INTEGER PRIMARY KEY REFERENCES lanes ON DELETE CASCADE,
    title TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE members (
    space INTEGER NOT NULL REFERENCES spaces ON DELETE CASCADE,
    device INTEGER NOT NULL REFERENCES devices,
    person BLOB NOT NULL,
    name TEXT NOT NULL,
    rank INTEGER,
    invited_by BLOB,
    joined BLOB NOT NULL,
    -- 0 in, 1 left, 2 removed, 3 not counted.
    out INTEGER NOT NULL,
    removal BLOB,
    reason TEXT,
    PRIMARY KEY (space, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE openings (
    entry INTEGER NOT NULL REFERENCES entries ON DELETE CASCADE,
    place INTEGER NOT NULL,
    lane INTEGER NOT NULL REFERENCES lanes ON DELETE CASCADE,
    form BLOB NOT NULL,
    title TEXT NOT NULL,
    body BLOB NOT NULL,
    -- Whether this is the one that counts.
    in_force INTEGER NOT NULL,
    PRIMARY KEY (entry, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX openings_by_lane ON openings (lane);

CREATE TABLE closings (
    entry INTEGER NOT NULL REFERENCES entries ON DELETE CASCADE,
    place INTEGER NOT NULL,
    lane INTEGER NOT NULL REFERENCES lanes ON DELETE CASCADE,
    form BLOB NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (entry, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX closings_by_lane ON closings (lane);

-- Every version of every voice: from an entry, or (entry NULL) from a draft record. What it says
-- stays there: here is only what lists are ordered and counted by.
CREATE TABLE versions (
    no INTEGER PRIMARY KEY,
    lane INTEGER NOT NULL REFERENCES lanes ON DELETE CASCADE,
    slot BLOB NOT NULL,
    entry INTEGER REFERENCES entries ON DELETE CASCADE,
    draft INTEGER REFERENCES draft_records ON DELETE CASCADE,
    place INTEGER NOT NULL,
    withdraws INTEGER NOT NULL,
    assisted INTEGER NOT NULL,
    -- For order in lists only.
    claimed INTEGER NOT NULL,
    status INTEGER NOT NULL,
    CHECK ((entry IS NULL) <> (draft IS NULL))
) STRICT;
CREATE INDEX versions_by_slot ON versions (lane, slot);
CREATE INDEX versions_by_time ON versions (lane, claimed);
CREATE INDEX versions_by_status ON versions (lane, status, withdraws, assisted);
CREATE INDEX versions_by_entry ON versions (entry) WHERE entry IS NOT NULL;
CREATE INDEX versions_by_draft ON versions (draft) WHERE draft IS NOT NULL;

-- What search finds. The original spelling stays where it is: in the version of that number, or in
-- the outline of the lane of that number, below zero.
CREATE VIRTUAL TABLE search USING fts5 (
    folded,
    content = '',
    contentless_delete = 1,
    tokenize = 'unicode61 remove_diacritics 0'
);
