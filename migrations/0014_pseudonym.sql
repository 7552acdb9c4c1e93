-- What a website gets in place of the id of whoever hides or has a pen name, with a minus before it. It is random, so it
-- tells nobody the account, and it stays, so rows of the same person belong together. Below 2^51, where the ids of the
-- forgotten begin. NULL while it was never needed.
ALTER TABLE rights ADD COLUMN pseudonym INTEGER;
UPDATE rights SET pseudonym = (random() & 2251799813685247) | 1 WHERE hidden = 1 OR pen_name IS NOT NULL;
