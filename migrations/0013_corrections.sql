-- What the organiser adds to a person's time or takes from it (rules §2.17). Stays never change.
CREATE TABLE corrections (
  id INTEGER PRIMARY KEY,
  grp INTEGER NOT NULL REFERENCES groups (id),
  -- The account that it was made for; it follows the person.
  peer INTEGER NOT NULL,
  operation TEXT NOT NULL CHECK (operation IN ('add', 'remove')),
  started INTEGER NOT NULL,
  ended INTEGER NOT NULL CHECK (ended > started),
  reason TEXT NOT NULL,
  made_by TEXT NOT NULL,
  made INTEGER NOT NULL,
  -- NULL while it holds.
  undone INTEGER,
  undone_by TEXT
) STRICT;

-- What a board needs; almost always empty.
CREATE INDEX corrections_by_end ON corrections (grp, ended) WHERE undone IS NULL;

-- 1: the text was composed again after it was claimed or sent. The edit that shows it does not make the post final.
ALTER TABLE deliveries ADD COLUMN rewritten INTEGER NOT NULL DEFAULT 0;
