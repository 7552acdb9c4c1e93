-- What the organiser is told when the group is not seen, or a post is refused; stored before it is sent.
CREATE TABLE alerts (
  id INTEGER PRIMARY KEY,
  grp INTEGER NOT NULL REFERENCES groups (id),
  -- "dark 5", "dark 10", "dark 15", "back" or "refused".
  kind TEXT NOT NULL,
  -- The incident: the last confirmed instant before it; of a refusal, the post's random_id.
  incident INTEGER NOT NULL,
  random_id INTEGER NOT NULL,
  text TEXT NOT NULL,
  created INTEGER NOT NULL,
  -- By which way it goes, once it was tried: another one could make a second message.
  way TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_try INTEGER NOT NULL,
  -- A process is sending it until then.
  leased_until INTEGER,
  -- Why it is not sent yet.
  problem TEXT,
  sent INTEGER,
  -- When nobody needed to hear it any more.
  dropped INTEGER,
  UNIQUE (grp, kind, incident)
) STRICT;
