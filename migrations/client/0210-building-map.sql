-- 房屋示意图: how many dwellings, people, open requests and hazards stand in each building and community. A million residents
-- are never counted at a look: triggers keep the sums, whoever writes (a save, a pull, a merge, the demo).

-- Who lives in a dwelling and what is open there. It stands by the dwelling's id alone, so that the order in which a pull
-- brings people, requests and dwellings does not matter.
CREATE TABLE dwelling_tally (
  dwelling_id TEXT NOT NULL PRIMARY KEY,
  -- 在住 only.
  residents INTEGER NOT NULL DEFAULT 0,
  minors INTEGER NOT NULL DEFAULT 0,
  -- 待办 and 办理中, of residents who live here.
  requests INTEGER NOT NULL DEFAULT 0,
  -- 待整改, whether the day for it has passed or not.
  hazards INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- One building of an estate (street and door empty), or of a door number outside of estates (estate empty).
CREATE TABLE building_count (
  row INTEGER NOT NULL PRIMARY KEY,
  community_code TEXT NOT NULL,
  estate_id TEXT NOT NULL,
  street_code TEXT NOT NULL,
  door_number TEXT NOT NULL,
  building TEXT NOT NULL,
  station_code TEXT NOT NULL,
  -- 有效; vacant and let ones are among them.
  dwellings INTEGER NOT NULL,
  vacant INTEGER NOT NULL,
  rented INTEGER NOT NULL,
  cancelled INTEGER NOT NULL,
  residents INTEGER NOT NULL,
  minors INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  hazards INTEGER NOT NULL,
  UNIQUE (community_code, estate_id, street_code, door_number, building, station_code)
) STRICT;

-- The same sums by community: where every house has a door number of its own, there are as many buildings as dwellings.
CREATE TABLE community_count (
  row INTEGER NOT NULL PRIMARY KEY,
  community_code TEXT NOT NULL,
  station_code TEXT NOT NULL,
  dwellings INTEGER NOT NULL,
  vacant INTEGER NOT NULL,
  rented INTEGER NOT NULL,
  cancelled INTEGER NOT NULL,
  residents INTEGER NOT NULL,
  minors INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  hazards INTEGER NOT NULL,
  UNIQUE (community_code, station_code)
) STRICT;

-- What one dwelling adds to its building. 空置 (30) and 停用 (60) count as vacant while nobody is registered there.
CREATE VIEW dwelling_share AS
SELECT
  dwelling.row AS dwelling_row,
  dwelling.id AS dwelling_id,
  coalesce(dwelling.community_code, '') AS community_code,
  coalesce(dwelling.estate_id, '') AS estate_id,
  iif(coalesce(dwelling.estate_id, '') = '', coalesce(dwelling.street_code, ''), '') AS street_code,
  iif(coalesce(dwelling.estate_id, '') = '', coalesce(dwelling.door_number, ''), '') AS door_number,
  coalesce(dwelling.building, '') AS building,
  dwelling.station_code AS station_code,
  dwelling.status = 'active' AS dwellings,
  dwelling.status = 'active' AND coalesce(dwelling.occupancy_use_code, '') IN ('30', '60') AS unused,
  dwelling.status = 'active' AND coalesce(dwelling.occupancy_use_code, '') IN ('30', '60')
    AND coalesce(tally.residents, 0) + coalesce(tally.minors, 0) = 0 AS vacant,
  dwelling.status = 'active' AND coalesce(dwelling.occupancy_use_code, '') = '20' AS rented,
  dwelling.status = 'cancelled' AS cancelled,
  coalesce(tally.residents, 0) AS residents,
  coalesce(tally.minors, 0) AS minors,
  coalesce(tally.requests, 0) AS requests,
  coalesce(tally.hazards, 0) AS hazards
FROM dwelling LEFT JOIN dwelling_tally AS tally ON tally.dwelling_id = dwelling.id;

-- Small: only what is open stands in them.
CREATE INDEX service_request_open_applicant ON service_request (applicant_id)
WHERE status = 'active' AND stage_code IN ('10', '20');
CREATE INDEX inspection_open ON inspection (rectify_by_date, dwelling_id)
WHERE status = 'active' AND stage_code = '20';
CREATE INDEX dwelling_estate_building ON dwelling (estate_id, building) WHERE estate_id IS NOT NULL;

-- What a store holds already.
INSERT INTO dwelling_tally (dwelling_id, residents)
SELECT dwelling_id, count(*) FROM resident WHERE status = 'active' AND dwelling_id IS NOT NULL GROUP BY dwelling_id;
INSERT INTO dwelling_tally (dwelling_id, minors)
SELECT dwelling_id, count(*) FROM minor WHERE status = 'active' AND dwelling_id IS NOT NULL GROUP BY dwelling_id
ON CONFLICT (dwelling_id) DO UPDATE SET minors = excluded.minors;
INSERT INTO dwelling_tally (dwelling_id, requests)
SELECT resident.dwelling_id, count(*)
FROM service_request JOIN resident ON resident.id = service_request.applicant_id
WHERE service_request.status = 'active' AND service_request.stage_code IN ('10', '20')
  AND resident.status = 'active' AND resident.dwelling_id IS NOT NULL
GROUP BY resident.dwelling_id
ON CONFLICT (dwelling_id) DO UPDATE SET requests = excluded.requests;
INSERT INTO dwelling_tally (dwelling_id, hazards)
SELECT dwelling_id, count(*) FROM inspection
WHERE status = 'active' AND stage_code = '20' AND dwelling_id IS NOT NULL GROUP BY dwelling_id
ON CONFLICT (dwelling_id) DO UPDATE SET hazards = excluded.hazards;
INSERT INTO building_count (community_code, estate_id, street_code, door_number, building, station_code,
  dwellings, vacant, rented, cancelled, residents, minors, requests, hazards)
SELECT community_code, estate_id, street_code, door_number, building, station_code,
  sum(dwellings), sum(vacant), sum(rented), sum(cancelled), sum(residents), sum(minors), sum(requests), sum(hazards)
FROM dwelling_share GROUP BY community_code, estate_id, street_code, door_number, building, station_code;
INSERT INTO community_count (community_code, station_code,
  dwellings, vacant, rented, cancelled, residents, minors, requests, hazards)
SELECT community_code, station_code,
  sum(dwellings), sum(vacant), sum(rented), sum(cancelled), sum(residents), sum(minors), sum(requests), sum(hazards)
FROM building_count GROUP BY community_code, station_code;

-- A dwelling is taken out of its sums as it was and put back as it is.
CREATE TRIGGER dwelling_share_added AFTER INSERT ON dwelling BEGIN
  INSERT INTO building_count (community_code, estate_id, street_code, door_number, building, station_code,
    dwellings, vacant, rented, cancelled, residents, minors, requests, hazards)
  SELECT community_code, estate_id, street_code, door_number, building, station_code,
    dwellings, vacant, rented, cancelled, residents, minors, requests, hazards
  FROM dwelling_share WHERE dwelling_row = new.row
  ON CONFLICT (community_code, estate_id, street_code, door_number, building, station_code) DO UPDATE SET
    dwellings = dwellings + excluded.dwellings, vacant = vacant + excluded.vacant,
    rented = rented + excluded.rented, cancelled = cancelled + excluded.cancelled,
    residents = residents + excluded.residents, minors = minors + excluded.minors,
    requests = requests + excluded.requests, hazards = hazards + excluded.hazards;
  INSERT INTO community_count (community_code, station_code,
    dwellings, vacant, rented, cancelled, residents, minors, requests, hazards)
  SELECT community_code, station_code,
    dwellings, vacant, rented, cancelled, residents, minors, requests, hazards
  FROM dwelling_share WHERE dwelling_row = new.row
  ON CONFLICT (community_code, station_code) DO UPDATE SET
    dwellings = dwellings + excluded.dwellings, vacant = vacant + excluded.vacant,
    rented = rented + excluded.rented, cancelled = cancelled + excluded.cancelled,
    residents = residents + excluded.residents, minors = minors + excluded.minors,
    requests = requests + excluded.requests, hazards = hazards + excluded.hazards;
END;
CREATE TRIGGER dwelling_share_left BEFORE UPDATE OF status, occupancy_use_code, community_code, estate_id, street_code, door_number, building, station_code ON dwelling
WHEN old.status IS NOT new.status OR old.occupancy_use_code IS NOT new.occupancy_use_code
  OR old.community_code IS NOT new.community_code OR old.estate_id IS NOT new.estate_id
  OR old.street_code IS NOT new.street_code OR old.door_number IS NOT new.door_number
  OR old.building IS NOT new.building OR old.station_code IS NOT new.station_code BEGIN
  UPDATE building_count SET
    dwellings = building_count.dwellings - share.dwellings, vacant = building_count.vacant - share.vacant,
    rented = building_count.rented - share.rented, cancelled = building_count.cancelled - share.cancelled,
    residents = building_count.residents - share.residents, minors = building_count.minors - share.minors,
    requests = building_count.requests - share.requests, hazards = building_count.hazards - share.hazards
  FROM (SELECT * FROM dwelling_share WHERE dwelling_row = old.row) AS share
  WHERE building_count.community_code = share.community_code AND building_count.estate_id = share.estate_id
    AND building_count.street_code = share.street_code AND building_count.door_number = share.door_number
    AND building_count.building = share.building AND building_count.station_code = share.station_code;
  UPDATE community_count SET
    dwellings = community_count.dwellings - share.dwellings, vacant = community_count.vacant - share.vacant,
    rented = community_count.rented - share.rented, cancelled = community_count.cancelled - share.cancelled,
    residents = community_count.residents - share.residents, minors = community_count.minors - share.minors,
    requests = community_count.requests - share.requests, hazards = community_count.hazards - share.hazards
  FROM (SELECT * FROM dwelling_share WHERE dwelling_row = old.row) AS share
  WHERE community_count.community_code = share.community_code AND community_count.station_code = share.station_code;
END;
CREATE TRIGGER dwelling_share_changed AFTER UPDATE OF status, occupancy_use_code, community_code, estate_id, street_code, door_number, building, station_code ON dwelling
WHEN old.status IS NOT new.status OR old.occupancy_use_code IS NOT new.occupancy_use_code
  OR old.community_code IS NOT new.community_code OR old.estate_id IS NOT new.estate_id
  OR old.street_code IS NOT new.street_code OR old.door_number IS NOT new.door_number
  OR old.building IS NOT new.building OR old.station_code IS NOT new.station_code BEGIN
  INSERT INTO building_count (community_code, estate_id, street_code, door_number, building, station_code,
    dwellings, vacant, rented, cancelled, residents, minors, requests, hazards)
  SELECT community_code, estate_id, street_code, door_number, building, station_code,
    dwellings, vacant, rented, cancelled, residents, minors, requests, hazards
  FROM dwelling_share WHERE dwelling_row = new.row
  ON CONFLICT (community_code, estate_id, street_code, door_number, building, station_code) DO UPDATE SET
    dwellings = dwellings + excluded.dwellings, vacant = vacant + excluded.vacant,
    rented = rented + excluded.rented, cancelled = cancelled + excluded.cancelled,
    residents = residents + excluded.residents, minors = minors + excluded.minors,
    requests = requests + excluded.requests, hazards = hazards + excluded.hazards;
  INSERT INTO community_count (community_code, station_code,
    dwellings, vacant, rented, cancelled, residents, minors, requests, hazards)
  SELECT community_code, station_code,
    dwellings, vacant, rented, cancelled, residents, minors, requests, hazards
  FROM dwelling_share WHERE dwelling_row = new.row
  ON CONFLICT (community_code, station_code) DO UPDATE SET
    dwellings = dwellings + excluded.dwellings, vacant = vacant + excluded.vacant,
    rented = rented + excluded.rented, cancelled = cancelled + excluded.cancelled,
    residents = residents + excluded.residents, minors = minors + excluded.minors,
    requests = requests + excluded.requests, hazards = hazards + excluded.hazards;
END;
CREATE TRIGGER dwelling_share_removed BEFORE DELETE ON dwelling BEGIN
  UPDATE building_count SET
    dwellings = building_count.dwellings - share.dwellings, vacant = building_count.vacant - share.vacant,
    rented = building_count.rented - share.rented, cancelled = building_count.cancelled - share.cancelled,
    residents = building_count.residents - share.residents, minors = building_count.minors - share.minors,
    requests = building_count.requests - share.requests, hazards = building_count.hazards - share.hazards
  FROM (SELECT * FROM dwelling_share WHERE dwelling_row = old.row) AS share
  WHERE building_count.community_code = share.community_code AND building_count.estate_id = share.estate_id
    AND building_count.street_code = share.street_code AND building_count.door_number = share.door_number
    AND building_count.building = share.building AND building_count.station_code = share.station_code;
  UPDATE community_count SET
    dwellings = community_count.dwellings - share.dwellings, vacant = community_count.vacant - share.vacant,
    rented = community_count.rented - share.rented, cancelled = community_count.cancelled - share.cancelled,
    residents = community_count.residents - share.residents, minors = community_count.minors - share.minors,
    requests = community_count.requests - share.requests, hazards = community_count.hazards - share.hazards
  FROM (SELECT * FROM dwelling_share WHERE dwelling_row = old.row) AS share
  WHERE community_count.community_code = share.community_code AND community_count.station_code = share.station_code;
END;

-- Its people, requests and hazards change them by the difference: every save of a person comes by here. A tally is made empty
-- and then updated.
CREATE TRIGGER dwelling_tally_changed AFTER UPDATE ON dwelling_tally BEGIN
  UPDATE building_count SET
    residents = building_count.residents + new.residents - old.residents,
    minors = building_count.minors + new.minors - old.minors,
    requests = building_count.requests + new.requests - old.requests,
    hazards = building_count.hazards + new.hazards - old.hazards,
    vacant = building_count.vacant
      + share.unused * ((new.residents + new.minors = 0) - (old.residents + old.minors = 0))
  FROM (SELECT * FROM dwelling_share WHERE dwelling_id = new.dwelling_id) AS share
  WHERE building_count.community_code = share.community_code
    AND building_count.estate_id = share.estate_id
    AND building_count.street_code = share.street_code
    AND building_count.door_number = share.door_number
    AND building_count.building = share.building
    AND building_count.station_code = share.station_code;
  UPDATE community_count SET
    residents = community_count.residents + new.residents - old.residents,
    minors = community_count.minors + new.minors - old.minors,
    requests = community_count.requests + new.requests - old.requests,
    hazards = community_count.hazards + new.hazards - old.hazards,
    vacant = community_count.vacant
      + share.unused * ((new.residents + new.minors = 0) - (old.residents + old.minors = 0))
  FROM (SELECT * FROM dwelling_share WHERE dwelling_id = new.dwelling_id) AS share
  WHERE community_count.community_code = share.community_code
    AND community_count.station_code = share.station_code;
END;

-- 流动人员, with their open requests
CREATE TRIGGER resident_tally_added AFTER INSERT ON resident WHEN new.status = 'active' BEGIN
  INSERT INTO dwelling_tally (dwelling_id) SELECT new.dwelling_id WHERE new.dwelling_id IS NOT NULL
  ON CONFLICT DO NOTHING;
  UPDATE dwelling_tally SET residents = residents + 1,
    requests = requests + (SELECT count(*) FROM service_request
      WHERE applicant_id = new.id AND status = 'active' AND stage_code IN ('10', '20'))
  WHERE dwelling_id = new.dwelling_id AND new.status = 'active';
END;
CREATE TRIGGER resident_tally_changed AFTER UPDATE OF status, dwelling_id ON resident
WHEN old.status <> new.status OR old.dwelling_id IS NOT new.dwelling_id BEGIN
  UPDATE dwelling_tally SET residents = residents - 1,
    requests = requests - (SELECT count(*) FROM service_request
      WHERE applicant_id = old.id AND status = 'active' AND stage_code IN ('10', '20'))
  WHERE dwelling_id = old.dwelling_id AND old.status = 'active';
  INSERT INTO dwelling_tally (dwelling_id) SELECT new.dwelling_id WHERE new.dwelling_id IS NOT NULL
  ON CONFLICT DO NOTHING;
  UPDATE dwelling_tally SET residents = residents + 1,
    requests = requests + (SELECT count(*) FROM service_request
      WHERE applicant_id = new.id AND status = 'active' AND stage_code IN ('10', '20'))
  WHERE dwelling_id = new.dwelling_id AND new.status = 'active';
END;
CREATE TRIGGER resident_tally_removed AFTER DELETE ON resident WHEN old.status = 'active' BEGIN
  UPDATE dwelling_tally SET residents = residents - 1,
    requests = requests - (SELECT count(*) FROM service_request
      WHERE applicant_id = old.id AND status = 'active' AND stage_code IN ('10', '20'))
  WHERE dwelling_id = old.dwelling_id AND old.status = 'active';
END;

-- 未成年人
CREATE TRIGGER minor_tally_added AFTER INSERT ON minor WHEN new.status = 'active' BEGIN
  INSERT INTO dwelling_tally (dwelling_id) SELECT new.dwelling_id WHERE new.dwelling_id IS NOT NULL
  ON CONFLICT DO NOTHING;
  UPDATE dwelling_tally SET minors = minors + 1
  WHERE dwelling_id = new.dwelling_id AND new.status = 'active';
END;
CREATE TRIGGER minor_tally_changed AFTER UPDATE OF status, dwelling_id ON minor
WHEN old.status <> new.status OR old.dwelling_id IS NOT new.dwelling_id BEGIN
  UPDATE dwelling_tally SET minors = minors - 1
  WHERE dwelling_id = old.dwelling_id AND old.status = 'active';
  INSERT INTO dwelling_tally (dwelling_id) SELECT new.dwelling_id WHERE new.dwelling_id IS NOT NULL
  ON CONFLICT DO NOTHING;
  UPDATE dwelling_tally SET minors = minors + 1
  WHERE dwelling_id = new.dwelling_id AND new.status = 'active';
END;
CREATE TRIGGER minor_tally_removed AFTER DELETE ON minor WHEN old.status = 'active' BEGIN
  UPDATE dwelling_tally SET minors = minors - 1
  WHERE dwelling_id = old.dwelling_id AND old.status = 'active';
END;

-- 服务事项: counted where the applicant lives.
CREATE TRIGGER service_request_tally_added AFTER INSERT ON service_request BEGIN
  UPDATE dwelling_tally SET requests = requests + 1
  WHERE dwelling_id = (SELECT dwelling_id FROM resident WHERE id = new.applicant_id AND status = 'active')
    AND new.status = 'active' AND new.stage_code IN ('10', '20');
END;
CREATE TRIGGER service_request_tally_changed AFTER UPDATE OF status, stage_code, applicant_id ON service_request
WHEN old.status <> new.status OR old.stage_code IS NOT new.stage_code OR old.applicant_id IS NOT new.applicant_id BEGIN
  UPDATE dwelling_tally SET requests = requests - 1
  WHERE dwelling_id = (SELECT dwelling_id FROM resident WHERE id = old.applicant_id AND status = 'active')
    AND old.status = 'active' AND old.stage_code IN ('10', '20');
  UPDATE dwelling_tally SET requests = requests + 1
  WHERE dwelling_id = (SELECT dwelling_id FROM resident WHERE id = new.applicant_id AND status = 'active')
    AND new.status = 'active' AND new.stage_code IN ('10', '20');
END;
CREATE TRIGGER service_request_tally_removed AFTER DELETE ON service_request BEGIN
  UPDATE dwelling_tally SET requests = requests - 1
  WHERE dwelling_id = (SELECT dwelling_id FROM resident WHERE id = old.applicant_id AND status = 'active')
    AND old.status = 'active' AND old.stage_code IN ('10', '20');
END;

-- 隐患检查
CREATE TRIGGER inspection_tally_added AFTER INSERT ON inspection BEGIN
  INSERT INTO dwelling_tally (dwelling_id) SELECT new.dwelling_id WHERE new.dwelling_id IS NOT NULL
  ON CONFLICT DO NOTHING;
  UPDATE dwelling_tally SET hazards = hazards + 1
  WHERE dwelling_id = new.dwelling_id AND new.status = 'active' AND new.stage_code = '20';
END;
CREATE TRIGGER inspection_tally_changed AFTER UPDATE OF status, stage_code, dwelling_id ON inspection
WHEN old.status <> new.status OR old.stage_code IS NOT new.stage_code OR old.dwelling_id IS NOT new.dwelling_id BEGIN
  UPDATE dwelling_tally SET hazards = hazards - 1
  WHERE dwelling_id = old.dwelling_id AND old.status = 'active' AND old.stage_code = '20';
  INSERT INTO dwelling_tally (dwelling_id) SELECT new.dwelling_id WHERE new.dwelling_id IS NOT NULL
  ON CONFLICT DO NOTHING;
  UPDATE dwelling_tally SET hazards = hazards + 1
  WHERE dwelling_id = new.dwelling_id AND new.status = 'active' AND new.stage_code = '20';
END;
CREATE TRIGGER inspection_tally_removed AFTER DELETE ON inspection BEGIN
  UPDATE dwelling_tally SET hazards = hazards - 1
  WHERE dwelling_id = old.dwelling_id AND old.status = 'active' AND old.stage_code = '20';
END;
