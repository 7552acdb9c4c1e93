-- Until when Telegram asked a sender to wait with a kind of request (rules §4.7).
CREATE TABLE flood_waits (
  -- The id of an account; of an alert, its route.
  sender TEXT NOT NULL,
  -- The lane and the operation of the rows, such as `posts send`.
  request TEXT NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (sender, request)
) STRICT, WITHOUT ROWID;
