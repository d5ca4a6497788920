-- How values came (src-shared/values/provenance.ts) and what a modification says of itself. Lines from before say nothing.

-- JSON {field: class} of the fields the line wrote. What a record's values are now is read from its newest lines.
ALTER TABLE change_log ADD COLUMN provenance TEXT;
-- 更正 of what was never so, or 变更: a new fact.
ALTER TABLE change_log ADD COLUMN change_kind TEXT CHECK (change_kind IN ('change', 'correction'));
-- Of a 变更: the day since when it holds.
ALTER TABLE change_log ADD COLUMN effective_date TEXT;
