-- What people decided about what is stored and shown of them. A row for each account of the person.
CREATE TABLE rights (
  grp INTEGER NOT NULL REFERENCES groups (id),
  peer INTEGER NOT NULL,
  -- Others see neither a name nor an id.
  hidden INTEGER NOT NULL DEFAULT 0 CHECK (hidden IN (0, 1)),
  -- Others see this instead of the name, the username and the id.
  pen_name TEXT,
  -- Nothing is stored of them from this instant on; NULL if they have not left, or came back.
  left_at INTEGER,
  -- No stay begins before this instant: they agreed, or came back.
  counted_from INTEGER,
  -- When they agreed that their time is stored, and who says so.
  agreed INTEGER,
  agreed_by TEXT,
  PRIMARY KEY (grp, peer)
) STRICT, WITHOUT ROWID;
