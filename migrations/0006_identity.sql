-- Which store this is: a copy keeps the id, another store has another. The revision grows with every write, so of two
-- copies of one store the one with the higher revision knows more.
CREATE TABLE identity (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  id TEXT NOT NULL,
  revision INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO identity (one, id) VALUES (1, lower(hex(randomblob(16))));

-- What the settings called the group when it was found: a name that another group has taken meanwhile still means it.
ALTER TABLE groups ADD COLUMN setting TEXT;
