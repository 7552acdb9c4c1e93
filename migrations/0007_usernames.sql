-- The active usernames of a person beside `username`, as a JSON array.
ALTER TABLE people ADD COLUMN other_usernames TEXT NOT NULL DEFAULT '[]';
