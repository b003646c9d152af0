-- Claims of slots by the holders of receipts, those whose proof is good: `holder` is the slot of the
-- own voice of whoever claims.
CREATE TABLE claims (
    entry INTEGER NOT NULL REFERENCES entries ON DELETE CASCADE,
    place INTEGER NOT NULL,
    lane INTEGER NOT NULL REFERENCES lanes ON DELETE CASCADE,
    form BLOB NOT NULL,
    slot BLOB NOT NULL,
    holder BLOB NOT NULL,
    PRIMARY KEY (entry, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX claims_by_slot ON claims (lane, slot);
CREATE INDEX claims_by_holder ON claims (lane, holder);
