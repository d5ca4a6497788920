-- What is due is listed by day (src-main/backend/queries/todo.ts), each list with a test of its plan. The indexes hold only what
-- can still become due: what is issued, ended, rectified or done costs its list nothing.
CREATE INDEX residence_permit_ending ON residence_permit (valid_until_date, applicant_id)
WHERE status = 'active' AND stage_code = '40';
-- Whether a permit has a later one of the same holder, without reading the records.
CREATE INDEX residence_permit_holder ON residence_permit (applicant_id, stage_code, valid_until_date) WHERE status = 'active';
CREATE INDEX residence_permit_in_process ON residence_permit (due_date)
WHERE status = 'active' AND stage_code IN ('10', '20', '30');
CREATE INDEX lease_ending ON lease (end_date) WHERE status = 'active' AND stage_code = '10';
CREATE INDEX inspection_to_rectify ON inspection (rectify_by_date) WHERE status = 'active' AND stage_code = '20';
CREATE INDEX service_request_open ON service_request (due_date)
WHERE status = 'active' AND stage_code IN ('10', '20');
