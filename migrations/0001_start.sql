-- All instants are Unix seconds on Telegram's clock. Ids of people and groups are Telegram's marked ids.

CREATE TABLE groups (
  id INTEGER PRIMARY KEY,
  peer INTEGER NOT NULL UNIQUE,
  -- The basic group that this supergroup was before, if any: its history stays here.
  migrated_from INTEGER,
  title TEXT NOT NULL,
  username TEXT,
  -- The account that tracks.
  tracker INTEGER,
  -- Telegram's clock minus the system clock, when Telegram was last heard.
  clock_offset INTEGER NOT NULL DEFAULT 0,
  -- At least as long as the longest ended stay: bounds where the stays of a period can end.
  longest_stay INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE people (
  grp INTEGER NOT NULL REFERENCES groups (id),
  peer INTEGER NOT NULL,
  username TEXT,
  name TEXT NOT NULL,
  bot INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  -- For the tracking account; needed to ask Telegram about somebody.
  access_hash INTEGER,
  seen INTEGER NOT NULL,
  PRIMARY KEY (grp, peer)
) STRICT, WITHOUT ROWID;

CREATE TABLE calls (
  grp INTEGER NOT NULL REFERENCES groups (id),
  call INTEGER NOT NULL,
  followed INTEGER NOT NULL,
  -- The last instant at which the whole roster was as the open stays say.
  confirmed INTEGER,
  ended INTEGER,
  -- 1 if we saw it end.
  watched INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (grp, call)
) STRICT, WITHOUT ROWID;

CREATE TABLE stays (
  id INTEGER PRIMARY KEY,
  grp INTEGER NOT NULL,
  call INTEGER NOT NULL,
  peer INTEGER NOT NULL,
  -- The server's join date; `started` is never before the last observed `left`.
  joined INTEGER NOT NULL,
  started INTEGER NOT NULL,
  -- The last instant that shows this very person. An open stay reaches to this or to the call's confirmed instant.
  seen INTEGER NOT NULL,
  ended INTEGER,
  -- How the end is known: left, gone or call.
  ending TEXT,
  UNIQUE (grp, call, peer, started),
  FOREIGN KEY (grp, call) REFERENCES calls (grp, call)
) STRICT;

-- Holds all that a board needs, so that it reads nothing else.
CREATE INDEX stays_by_end ON stays (grp, ended, started, peer, call);

CREATE TABLE blind (
  id INTEGER PRIMARY KEY,
  grp INTEGER NOT NULL,
  call INTEGER NOT NULL,
  -- Whom we could not see; everybody if NULL.
  peer INTEGER,
  started INTEGER NOT NULL,
  ended INTEGER NOT NULL,
  reason TEXT NOT NULL,
  FOREIGN KEY (grp, call) REFERENCES calls (grp, call)
) STRICT;

CREATE INDEX blind_by_end ON blind (grp, ended);

-- When the group was watched, call or no call: one row a connection.
CREATE TABLE watches (
  id INTEGER PRIMARY KEY,
  grp INTEGER NOT NULL REFERENCES groups (id),
  started INTEGER NOT NULL,
  confirmed INTEGER NOT NULL
) STRICT;

CREATE INDEX watches_by_end ON watches (grp, confirmed);

CREATE TABLE outbox (
  id INTEGER PRIMARY KEY,
  grp INTEGER NOT NULL REFERENCES groups (id),
  -- daily, backfill or manual
  kind TEXT NOT NULL,
  -- The local date that a daily post or backfill is about.
  day TEXT,
  random_id INTEGER NOT NULL UNIQUE,
  text TEXT NOT NULL,
  -- JSON
  entities TEXT NOT NULL,
  created INTEGER NOT NULL,
  -- The account it was first tried with.
  account INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_try INTEGER NOT NULL,
  -- A process is sending it until then.
  leased_until INTEGER,
  -- Why it is not sent yet.
  problem TEXT,
  -- Telegram will never take it: no more tries.
  refused INTEGER NOT NULL DEFAULT 0,
  sent INTEGER,
  message_id INTEGER,
  -- When the day was final and the message was edited, or found to be past editing.
  finalized INTEGER,
  CHECK ((day IS NULL) = (kind = 'manual'))
) STRICT;

-- A day is posted at most once, on time or late (rules §4.2).
CREATE UNIQUE INDEX outbox_by_day ON outbox (grp, day);
-- One undelivered manual post at a time (rules §4.5).
CREATE UNIQUE INDEX outbox_manual ON outbox (grp) WHERE kind = 'manual' AND sent IS NULL AND refused = 0;

-- Accounts of one person. Each side is a decimal id, or a username in lower case until its id is known.
CREATE TABLE aliases (
  grp INTEGER NOT NULL REFERENCES groups (id),
  alias TEXT NOT NULL,
  canonical TEXT NOT NULL,
  PRIMARY KEY (grp, alias)
) STRICT, WITHOUT ROWID;

-- Whom a username in an alias group meant when it was first seen: a renamed account keeps its person.
CREATE TABLE alias_names (
  grp INTEGER NOT NULL REFERENCES groups (id),
  name TEXT NOT NULL,
  peer INTEGER NOT NULL,
  PRIMARY KEY (grp, name)
) STRICT, WITHOUT ROWID;

-- Days that nobody watched, and whether a post has said so.
CREATE TABLE skipped_days (
  grp INTEGER NOT NULL REFERENCES groups (id),
  day TEXT NOT NULL,
  -- The day whose post says so.
  named_in TEXT,
  PRIMARY KEY (grp, day)
) STRICT, WITHOUT ROWID;
