-- Counts that are kept in memory are gone on with while versions only come. Whatever else changes what
-- counts (a version replaced, taken back, set aside, brought back, an opening, a closing, projections
-- made again) gives its lane another turn, and what was counted before is counted from nothing.
CREATE TABLE turns (
    lane INTEGER PRIMARY KEY REFERENCES lanes ON DELETE CASCADE,
    turn INTEGER NOT NULL
) STRICT;
