-- Signs of life of people in calls, where SWF_SILENCE asks for them (rules §2.25). They are deleted after 35 days.
CREATE TABLE signs (
  grp INTEGER NOT NULL REFERENCES groups (id),
  peer INTEGER NOT NULL,
  at INTEGER NOT NULL,
  call INTEGER NOT NULL,
  PRIMARY KEY (grp, peer, at)
) STRICT, WITHOUT ROWID;

-- A board reads those of its time, and old ones are found by it.
CREATE INDEX signs_by_time ON signs (at);
