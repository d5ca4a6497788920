-- What the newest change of a record said of itself, for the history of other stations: JSON, a LastChange of
-- src-shared/sync/op.ts; null where it said nothing, as everything from before.
ALTER TABLE record ADD COLUMN updated_as TEXT;
