-- The phases of a rhythm wait in the queue of everything that is sent. A table's CHECK can't be changed, so the rows move.
CREATE TABLE deliveries_with_clock (
  id INTEGER PRIMARY KEY,
  -- 'group' with a group's key, or 'account' with an account's id.
  scope TEXT NOT NULL CHECK (scope IN ('group', 'account')),
  owner INTEGER NOT NULL,
  -- Which queue it waits in: posts, alerts, website, answers or clock.
  lane TEXT NOT NULL CHECK (lane IN ('posts', 'alerts', 'website', 'answers', 'clock')),
  -- posts: daily, backfill or manual. alerts: dark 5, dark 10, dark 15, back or refused. website: boards.
  -- answers: answer, or hint for what stands in the group meanwhile. clock: title, message, or before: the first title.
  kind TEXT NOT NULL,
  -- daily, backfill and boards: the local date. manual: when it was asked for. alerts: the incident, which is the last
  -- confirmed instant before an outage, or the random_id of the refused post. answers: chat, message and part. clock: the
  -- call, when its clock began, and for a title when its phase ends.
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
  -- Which weeks and months the post opens with, e.g. 'week 2026-11-16, month 2026-11-01'; NULL if none.
  recap TEXT,
  -- A day whose late board is a line in the message of another row has nothing to send itself.
  told_in INTEGER REFERENCES deliveries_with_clock (id),
  -- The buttons below it, as JSON; NULL if there are none.
  buttons TEXT,
  -- It is taken back so many seconds after it was sent; NULL if it stays.
  delete_after INTEGER,
  -- It tells what became of the post with this random_id, and is sent once that is known.
  waits_for INTEGER,
  -- 1: the text was composed again after it was claimed or sent. The edit that shows it does not make the post final.
  rewritten INTEGER NOT NULL DEFAULT 0,
  UNIQUE (scope, owner, kind, subject, generation)
) STRICT;

INSERT INTO deliveries_with_clock (
  id, scope, owner, lane, kind, subject, generation, operation, random_id, idempotency_key, chat, topic, reply_to,
  receiver, route, account, language, text, entities, attachment, snapshot, as_of, content_hash, created, attempts,
  unanswered, next_try, leased_until, problem, problem_detail, refused, sent, message_id, finalized, dropped,
  expires, recap, told_in, buttons, delete_after, waits_for, rewritten)
SELECT
  id, scope, owner, lane, kind, subject, generation, operation, random_id, idempotency_key, chat, topic, reply_to,
  receiver, route, account, language, text, entities, attachment, snapshot, as_of, content_hash, created, attempts,
  unanswered, next_try, leased_until, problem, problem_detail, refused, sent, message_id, finalized, dropped,
  expires, recap, told_in, buttons, delete_after, waits_for, rewritten
FROM deliveries ORDER BY id;
DROP TABLE deliveries;
ALTER TABLE deliveries_with_clock RENAME TO deliveries;

-- A day is posted at most once, on time or late.
CREATE UNIQUE INDEX deliveries_by_day ON deliveries (scope, owner, subject, generation)
  WHERE kind IN ('daily', 'backfill');
-- At most one manual post waits at a time.
CREATE UNIQUE INDEX deliveries_manual ON deliveries (scope, owner)
  WHERE kind = 'manual' AND sent IS NULL AND refused = 0 AND dropped IS NULL;
CREATE INDEX deliveries_open ON deliveries (scope, owner, lane, next_try) WHERE operation IS NOT NULL;
CREATE INDEX deliveries_told ON deliveries (told_in) WHERE told_in IS NOT NULL;
-- The message that somebody presses a button of, and what is old enough to be deleted.
CREATE INDEX deliveries_answers ON deliveries (chat, message_id) WHERE lane = 'answers';
CREATE INDEX deliveries_waiting_answers ON deliveries (waits_for) WHERE waits_for IS NOT NULL;
CREATE INDEX deliveries_old_answers ON deliveries (created) WHERE lane = 'answers';
