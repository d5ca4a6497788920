-- 在住情况: who lives here, by place, kind of home, reason and age. The figures are counted anew at each look (ages change every day),
-- from indexes that hold all they are made of: no record is looked at, and people come in the order of their dwellings.
CREATE INDEX resident_living ON resident (dwelling_id, sex_code, birth_date, residence_type_code, residence_reason_code)
WHERE status = 'active';
CREATE INDEX minor_living ON minor (dwelling_id, sex_code, birth_date) WHERE status = 'active';
CREATE INDEX dwelling_place ON dwelling (id, status, occupancy_use_code, community_code, estate_id, coordinator_id, dwelling_type_code);
-- 本期注销: by the day that the clerk has given.
CREATE INDEX resident_cancel_date ON resident (json_extract(cancellation, '$.cancelDate')) WHERE status = 'cancelled';
