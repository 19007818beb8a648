-- The runs of one account are looked for when somebody asks, newest first; every settlement
-- paid for the index that made this quicker.
DROP INDEX attempts_account;
