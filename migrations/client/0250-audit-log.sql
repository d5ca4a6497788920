-- 操作日志 as a list of any length. Its conditions are answered from one index, which only ever grows at its end, so that a save,
-- whose act is noted with it, touches one more leaf and no more; the lines of one record have their own.
CREATE INDEX audit_at ON audit (at, act, account_name, register);
CREATE INDEX audit_record ON audit (record_id) WHERE record_id <> '';
