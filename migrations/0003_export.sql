-- What a post showed, as JSON, until it is sent; NULL if no website is to hear of it.
ALTER TABLE outbox ADD COLUMN snapshot TEXT;
-- The chat that the message is in: a bot may post elsewhere than in the group.
ALTER TABLE outbox ADD COLUMN chat INTEGER;

-- What a website hears of: the newest snapshot of each day. Written with the post's `sent`, in one transaction.
CREATE TABLE exports (
  grp INTEGER NOT NULL REFERENCES groups (id),
  -- The local date that the snapshot is about.
  day TEXT NOT NULL,
  -- Up to when its boards count.
  taken INTEGER NOT NULL,
  -- By which a repeat is known: a hash of what the snapshot says.
  key TEXT NOT NULL,
  -- JSON, as it is sent.
  body TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_try INTEGER NOT NULL,
  -- A process is sending it until then.
  leased_until INTEGER,
  -- Why it is not delivered yet.
  problem TEXT,
  -- The site does not want it: no more tries by itself.
  refused INTEGER NOT NULL DEFAULT 0,
  delivered INTEGER,
  PRIMARY KEY (grp, day)
) STRICT, WITHOUT ROWID;

CREATE INDEX exports_waiting ON exports (grp, next_try) WHERE delivered IS NULL;
