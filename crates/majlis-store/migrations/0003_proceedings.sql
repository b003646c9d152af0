-- What is stated on the way of an activity beside ballots: statements of a conversation, steps of
-- officers, and outcomes as officers counted them. `body` is the record as a batch of one.
CREATE TABLE proceedings (
    entry INTEGER NOT NULL REFERENCES entries ON DELETE CASCADE,
    place INTEGER NOT NULL,
    lane INTEGER NOT NULL REFERENCES lanes ON DELETE CASCADE,
    form BLOB NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (entry, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX proceedings_by_lane ON proceedings (lane, form);
