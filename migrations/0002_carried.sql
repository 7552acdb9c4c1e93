-- Databases of the old tracker whose totals were taken over.
CREATE TABLE old_trackers (
  id INTEGER PRIMARY KEY,
  grp INTEGER NOT NULL REFERENCES groups (id),
  path TEXT NOT NULL,
  -- A hash of the totals and of what else was taken: the same file again changes nothing.
  digest TEXT NOT NULL,
  -- When it last looked at the call: stays before that are in its totals already.
  until INTEGER NOT NULL,
  -- The last day that it posted.
  last_post_date TEXT,
  UNIQUE (grp, digest)
) STRICT;

-- What the old tracker counted on a local day.
CREATE TABLE carried (
  grp INTEGER NOT NULL REFERENCES groups (id),
  day TEXT NOT NULL,
  peer INTEGER NOT NULL,
  seconds INTEGER NOT NULL,
  source INTEGER NOT NULL REFERENCES old_trackers (id),
  PRIMARY KEY (grp, day, peer)
) STRICT, WITHOUT ROWID;
