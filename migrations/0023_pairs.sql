-- Pairs (rules §10.5): who asked whom to share a streak, and what came of it.
CREATE TABLE pairs (
  grp INTEGER NOT NULL REFERENCES groups (id),
  asker INTEGER NOT NULL,
  other INTEGER NOT NULL,
  asked INTEGER NOT NULL,
  accepted INTEGER,
  -- The asker does not learn of it.
  declined INTEGER,
  PRIMARY KEY (grp, asker, other)
) STRICT, WITHOUT ROWID;
