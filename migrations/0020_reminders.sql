-- Reminders of appointments (rules §10.4): one for each account and slot, for 60 days.
CREATE TABLE reminders (
  grp INTEGER NOT NULL REFERENCES groups (id),
  peer INTEGER NOT NULL,
  -- When the slot begins.
  starts INTEGER NOT NULL,
  stored INTEGER NOT NULL,
  -- When the person pressed one of its buttons, or wrote /in or /out after it.
  answered INTEGER,
  PRIMARY KEY (grp, peer, starts)
) STRICT, WITHOUT ROWID;
