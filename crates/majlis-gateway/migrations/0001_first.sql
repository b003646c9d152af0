-- What many processes share: plain SQL, so that engines that speak PostgreSQL's serve too.

-- One row for each space. `arrivals` is the last number that was given: it is taken with the row
-- locked, in the transaction that inserts, so that no number is seen before a smaller one.
CREATE TABLE spaces (
    id bytea PRIMARY KEY,
    arrivals bigint NOT NULL
);

-- Entries as they were received. A name is the hash of the header.
CREATE TABLE entries (
    space bytea NOT NULL REFERENCES spaces (id),
    name bytea NOT NULL,
    arrival bigint NOT NULL,
    author bytea NOT NULL,
    signed bytea NOT NULL,
    payload bytea NOT NULL,
    PRIMARY KEY (space, name),
    UNIQUE (space, arrival)
);
CREATE INDEX entries_by_author ON entries (space, author, arrival);

-- Photos and sounds that are whole. They are numbered among the entries.
CREATE TABLE blobs (
    space bytea NOT NULL REFERENCES spaces (id),
    name bytea NOT NULL,
    size integer NOT NULL,
    arrival bigint NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (space, name, size),
    UNIQUE (space, arrival)
);

-- Which device is in which space, and which process may write for it now.
CREATE TABLE seats (
    space bytea NOT NULL REFERENCES spaces (id),
    device bytea NOT NULL,
    forgotten integer NOT NULL,
    ticket text,
    gone boolean NOT NULL,
    process bytea NOT NULL,
    turn bigint NOT NULL,
    PRIMARY KEY (space, device)
);
