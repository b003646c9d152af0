-- Photos and sounds that were still to move when a peer was last heard, there and here, with the bytes
-- that were left of them: without a link, too, nobody is told that both have everything.
ALTER TABLE peers ADD COLUMN media_there INTEGER NOT NULL DEFAULT 0;
ALTER TABLE peers ADD COLUMN bytes_there INTEGER NOT NULL DEFAULT 0;
ALTER TABLE peers ADD COLUMN media_here INTEGER NOT NULL DEFAULT 0;
ALTER TABLE peers ADD COLUMN bytes_here INTEGER NOT NULL DEFAULT 0;
