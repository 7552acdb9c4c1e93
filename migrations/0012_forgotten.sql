-- Who is to be forgotten, and from when on. A row for each account of the person, in each group that has it.
CREATE TABLE forgetting (
  grp INTEGER NOT NULL REFERENCES groups (id),
  peer INTEGER NOT NULL,
  -- The account that stands for the person.
  person INTEGER NOT NULL,
  due INTEGER NOT NULL,
  PRIMARY KEY (grp, peer)
) STRICT, WITHOUT ROWID;

-- The marks of var/forgotten that this store has followed: nothing of those accounts is in its rows.
CREATE TABLE forgotten (
  mark TEXT PRIMARY KEY,
  -- 1 once nothing is left in the file's free space and log either.
  cleaned INTEGER NOT NULL DEFAULT 0 CHECK (cleaned IN (0, 1))
) STRICT, WITHOUT ROWID;
