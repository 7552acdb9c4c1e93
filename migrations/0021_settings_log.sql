-- What the settings of a group that are logged were from when on. The first row of a name is what it was when the log
-- began; each later one is a change.
CREATE TABLE settings_log (
  grp INTEGER NOT NULL REFERENCES groups (id),
  name TEXT NOT NULL,
  at INTEGER NOT NULL,
  -- As it was written; NULL if it was not set.
  value TEXT,
  PRIMARY KEY (grp, name, at)
) STRICT, WITHOUT ROWID;
