-- Who means to come to a slot of the group (rules §10). A row for each account that said so, for 60 days.
CREATE TABLE appointments (
  grp INTEGER NOT NULL REFERENCES groups (id),
  peer INTEGER NOT NULL,
  -- When the slot begins.
  starts INTEGER NOT NULL,
  made INTEGER NOT NULL,
  PRIMARY KEY (grp, starts, peer)
) STRICT, WITHOUT ROWID;
