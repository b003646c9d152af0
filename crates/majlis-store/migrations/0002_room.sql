-- Photos and sounds of others may make room: whose answer refers to each, and which were let go.

ALTER TABLE blobs ADD COLUMN author INTEGER REFERENCES devices;
ALTER TABLE blobs ADD COLUMN let_go INTEGER NOT NULL DEFAULT 0;

CREATE INDEX blobs_of_others ON blobs (space, part) WHERE held >= size AND part > 0;
