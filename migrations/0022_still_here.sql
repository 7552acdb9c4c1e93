-- When the bot asked somebody last whether they are still there (rules §2.25): before a silence reaches the limit.
CREATE TABLE silence_asked (
  grp INTEGER NOT NULL REFERENCES groups (id),
  peer INTEGER NOT NULL,
  asked INTEGER NOT NULL,
  PRIMARY KEY (grp, peer)
) STRICT, WITHOUT ROWID;
