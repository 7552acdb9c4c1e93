-- One queue for everything that is sent: posts, alerts and website exports. A row is committed before its first byte is
-- sent. It takes over all rows of outbox, exports and alerts.
CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY,
  -- 'group' with a group's key, or 'account' with an account's id.
  scope TEXT NOT NULL CHECK (scope IN ('group', 'account')),
  owner INTEGER NOT NULL,
  -- Which queue it waits in: posts, alerts or website.
  lane TEXT NOT NULL CHECK (lane IN ('posts', 'alerts', 'website')),
  -- posts: daily, backfill or manual. alerts: dark 5, dark 10, dark 15, back or refused. website: boards.
  kind TEXT NOT NULL,
  -- daily, backfill and boards: the local date. manual: when it was asked for. alerts: the incident, which is the last
  -- confirmed instant before an outage, or the random_id of the refused post.
  subject TEXT NOT NULL,
  -- 0 until the message is undone; the next one about the same subject has a higher one.
  generation INTEGER NOT NULL DEFAULT 0,
  -- What is to be done next; NULL when nothing is.
  operation TEXT CHECK (operation IN ('send', 'edit', 'delete')),
  -- By which Telegram recognises a repeat; NULL for a website.
  random_id INTEGER UNIQUE,
  -- By which a website recognises a repeat: a hash of what the snapshot says.
  idempotency_key TEXT,
  -- The chat that the message is in, once it is sent.
  chat INTEGER,
  topic INTEGER,
  reply_to INTEGER,
  -- Who receives it, if that is not the chat that the settings name.
  receiver TEXT,
  -- How an alert is sent: bot, user or self. It stays until that route has said no.
  route TEXT,
  -- The account that tried it first: it stays with it.
  account INTEGER,
  language TEXT NOT NULL DEFAULT 'en',
  -- What is to be sent: the message, or the JSON body for a website.
  text TEXT NOT NULL,
  -- JSON
  entities TEXT NOT NULL DEFAULT '[]',
  attachment TEXT,
  -- What a post showed, as JSON, until a website's row is made of it.
  snapshot TEXT,
  -- website: up to when the boards count. A newer snapshot of the day replaces an older one.
  as_of INTEGER,
  -- A hash of what the receiver has; NULL if that is not known.
  content_hash TEXT,
  created INTEGER NOT NULL,
  -- Attempts at the operation, counted when they are claimed.
  attempts INTEGER NOT NULL DEFAULT 0,
  -- Those of them that may have made a message: they ended without a clear answer, or have not ended.
  unanswered INTEGER NOT NULL DEFAULT 0,
  next_try INTEGER NOT NULL,
  -- A process is sending it until then.
  leased_until INTEGER,
  -- Why the operation is not done yet: a code, and what the code does not say.
  problem TEXT,
  problem_detail TEXT,
  -- The receiver will not take it: no more tries until somebody asks for them.
  refused INTEGER NOT NULL DEFAULT 0,
  sent INTEGER,
  message_id INTEGER,
  -- When the day of a post was final and the message was edited, or found to be past editing.
  finalized INTEGER,
  -- When it was no longer needed.
  dropped INTEGER,
  -- It is not sent from then on.
  expires INTEGER,
  UNIQUE (scope, owner, kind, subject, generation)
) STRICT;

-- A day is posted at most once, on time or late.
CREATE UNIQUE INDEX deliveries_by_day ON deliveries (scope, owner, subject, generation)
  WHERE kind IN ('daily', 'backfill');
-- At most one manual post waits at a time.
CREATE UNIQUE INDEX deliveries_manual ON deliveries (scope, owner)
  WHERE kind = 'manual' AND sent IS NULL AND refused = 0 AND dropped IS NULL;
CREATE INDEX deliveries_open ON deliveries (scope, owner, lane, next_try) WHERE operation IS NOT NULL;

-- A claim that has not ended is an attempt that has not been counted yet. Whether an earlier one ended without an answer
-- is not known of any post that was tried.
INSERT INTO deliveries (
  id, scope, owner, lane, kind, subject, operation, random_id, chat, account, text, entities, snapshot, created,
  attempts, unanswered, next_try, leased_until, problem, problem_detail, refused, sent, message_id, finalized)
SELECT
  id, 'group', grp, 'posts', kind, coalesce(day, '#' || random_id), iif(sent IS NULL, 'send', NULL), random_id, chat,
  account, text, entities, snapshot, created,
  attempts + (sent IS NULL AND leased_until IS NOT NULL), attempts > 0 OR leased_until IS NOT NULL, next_try,
  leased_until, iif(problem IS NULL, NULL, 'other'), problem, refused, sent, message_id, finalized
FROM outbox ORDER BY id;

INSERT INTO deliveries (
  scope, owner, lane, kind, subject, operation, random_id, route, text, created, attempts, unanswered, next_try,
  leased_until, problem, problem_detail, sent, dropped, expires)
SELECT
  'group', grp, 'alerts', kind, incident, iif(sent IS NULL AND dropped IS NULL, 'send', NULL), random_id, way, text,
  created, attempts + (sent IS NULL AND leased_until IS NOT NULL), attempts > 0 OR leased_until IS NOT NULL, next_try,
  leased_until, iif(problem IS NULL, NULL, 'other'), problem, sent, dropped, created + 86400
FROM alerts ORDER BY id;

INSERT INTO deliveries (
  scope, owner, lane, kind, subject, operation, idempotency_key, text, as_of, content_hash, created, attempts,
  unanswered, next_try, leased_until, problem, problem_detail, refused, sent)
SELECT
  'group', grp, 'website', 'boards', day, iif(delivered IS NULL, 'send', NULL), key, body, taken,
  iif(delivered IS NULL, NULL, key), next_try, attempts + (delivered IS NULL AND leased_until IS NOT NULL),
  attempts > 0 OR leased_until IS NOT NULL, next_try, leased_until, iif(problem IS NULL, NULL, 'other'), problem,
  refused, delivered
FROM exports ORDER BY day;

DROP TABLE outbox;
DROP TABLE alerts;
DROP TABLE exports;

-- What belongs to an account, whatever groups it watches.
CREATE TABLE accounts (
  id INTEGER PRIMARY KEY,
  -- Telegram's clock minus the system clock, in seconds, when Telegram last told the time.
  clock_offset INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What an account needs to ask Telegram about a person or a channel. Another account's is of no use to it.
CREATE TABLE access_hashes (
  account INTEGER NOT NULL REFERENCES accounts (id),
  peer INTEGER NOT NULL,
  hash INTEGER NOT NULL,
  PRIMARY KEY (account, peer)
) STRICT, WITHOUT ROWID;

-- Of several groups of one account, the one that was watched last has the newest offset.
INSERT OR IGNORE INTO accounts (id, clock_offset)
SELECT tracker, clock_offset FROM groups WHERE tracker IS NOT NULL
ORDER BY (SELECT max(confirmed) FROM watches WHERE grp = groups.id) DESC NULLS LAST, id DESC;

INSERT OR IGNORE INTO access_hashes (account, peer, hash)
SELECT tracker, people.peer, access_hash FROM people JOIN groups ON groups.id = grp
WHERE tracker IS NOT NULL AND access_hash IS NOT NULL ORDER BY seen DESC;

ALTER TABLE groups DROP COLUMN clock_offset;
ALTER TABLE people DROP COLUMN access_hash;
