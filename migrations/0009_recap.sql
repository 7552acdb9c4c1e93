-- Which weeks and months the post opens with, e.g. 'week 2026-11-16, month 2026-11-01'; NULL if none.
ALTER TABLE deliveries ADD COLUMN recap TEXT;
-- A day whose late board is a line in the message of another row has nothing to send itself.
ALTER TABLE deliveries ADD COLUMN told_in INTEGER REFERENCES deliveries (id);
CREATE INDEX deliveries_told ON deliveries (told_in) WHERE told_in IS NOT NULL;
