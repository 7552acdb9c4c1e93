-- Local days whose stays were folded into totals (rules §8.4). Times are seconds, but the instants `began` and `folded`.
CREATE TABLE folded_days (
  grp INTEGER NOT NULL REFERENCES groups (id),
  -- The account that stood for the person when the day was folded: all of theirs are in it.
  peer INTEGER NOT NULL,
  day TEXT NOT NULL,
  -- The first instant of that day when it was folded.
  began INTEGER NOT NULL,
  -- When it was folded.
  folded INTEGER NOT NULL,
  -- How many stays began on it, and how long the longest of them was.
  stays INTEGER NOT NULL,
  longest_stay INTEGER NOT NULL,
  -- After corrections.
  credited INTEGER NOT NULL,
  -- Parts of `credited`: proved and not observed; added by the organiser.
  proved INTEGER NOT NULL,
  added INTEGER NOT NULL,
  -- What the organiser removed.
  removed INTEGER NOT NULL,
  -- `credited` and what blind time could hide.
  possible INTEGER NOT NULL,
  -- The longest session that ended on it, and the longest of those before that one.
  session INTEGER NOT NULL,
  session_before INTEGER NOT NULL,
  PRIMARY KEY (grp, peer, day)
) STRICT, WITHOUT ROWID;

CREATE INDEX folded_by_day ON folded_days (grp, day);

-- Under which rules days of a group were folded: of whatever is folded, they stay.
CREATE TABLE folding (
  grp INTEGER NOT NULL REFERENCES groups (id),
  rules TEXT NOT NULL,
  -- The first local day that was kept as it is, and its first instant.
  before TEXT NOT NULL,
  until INTEGER NOT NULL,
  -- When a day was last folded under them.
  folded INTEGER NOT NULL,
  PRIMARY KEY (grp, rules)
) STRICT, WITHOUT ROWID;
