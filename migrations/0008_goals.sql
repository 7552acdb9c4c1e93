-- What people chose for themselves. A choice is stored under one account of a person and holds for all of them.
CREATE TABLE choices (
  grp INTEGER NOT NULL REFERENCES groups (id),
  peer INTEGER NOT NULL,
  -- Seconds a week; NULL without a goal.
  goal INTEGER CHECK (goal > 0),
  -- Whether the group may see the streak: off or shown.
  streak TEXT NOT NULL DEFAULT 'off' CHECK (streak IN ('off', 'shown')),
  PRIMARY KEY (grp, peer)
) STRICT, WITHOUT ROWID;
