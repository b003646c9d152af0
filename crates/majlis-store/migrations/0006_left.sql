-- What a peer lacked, and what it had said to bring and did not, by lane, when it was last heard: it is
-- told by name after the link has ended too. A lane may be one that nothing is here of.
CREATE TABLE peer_lanes (
    space INTEGER NOT NULL,
    device INTEGER NOT NULL,
    -- Whether the entries are missing here, or else there.
    here INTEGER NOT NULL,
    lane BLOB NOT NULL CHECK (length(lane) = 16),
    entries INTEGER NOT NULL,
    PRIMARY KEY (space, device, here, lane),
    FOREIGN KEY (space, device) REFERENCES peers ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
