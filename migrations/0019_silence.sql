-- How long a silence ranks (rules §2.25): each setting since the tracker first saw it, and when the group was told.
CREATE TABLE silence_settings (
  grp INTEGER NOT NULL REFERENCES groups (id),
  noted INTEGER NOT NULL,
  -- As it is written: off, record, or hours such as 3h.
  setting TEXT NOT NULL,
  -- The day whose post says from when on the limit acts.
  announced TEXT,
  -- From when on it acts; NULL until that post is sent.
  acts_from INTEGER,
  PRIMARY KEY (grp, noted)
) STRICT, WITHOUT ROWID;

-- What did not rank, once its signs are deleted.
CREATE TABLE silences (
  grp INTEGER NOT NULL REFERENCES groups (id),
  peer INTEGER NOT NULL,
  started INTEGER NOT NULL,
  ended INTEGER NOT NULL CHECK (ended > started),
  PRIMARY KEY (grp, peer, started)
) STRICT, WITHOUT ROWID;

-- Up to when that is so; NULL if it never was.
ALTER TABLE groups ADD COLUMN silence_folded INTEGER;
