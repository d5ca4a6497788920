-- The other seven registers. Columns are those of columnsOf(register); a test compares the two.

-- 小区 as a field of 房屋.
ALTER TABLE dwelling ADD COLUMN estate_id TEXT;
CREATE INDEX dwelling_estate_id ON dwelling (estate_id, updated_at, status);

-- 未成年人
CREATE TABLE minor (
  row INTEGER NOT NULL PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  declaration_version INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'cancelled')),
  cancellation TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  station_code TEXT NOT NULL,
  server_seq INTEGER NOT NULL,
  pending_ops INTEGER NOT NULL,
  name TEXT,
  sex_code TEXT,
  birth_date TEXT,
  document_type_code TEXT,
  document_number TEXT,
  guardian_id TEXT,
  kinship_code TEXT,
  dwelling_id TEXT,
  schooling_code TEXT,
  school_id TEXT,
  grade_code TEXT,
  vaccination_code TEXT,
  collector_id TEXT,
  collection_date TEXT,
  remarks TEXT
) STRICT;

INSERT INTO register_count (register, active, cancelled) VALUES ('minor', 0, 0);
CREATE TRIGGER minor_added AFTER INSERT ON minor BEGIN
  UPDATE register_count
  SET active = active + (new.status = 'active'), cancelled = cancelled + (new.status = 'cancelled')
  WHERE register = 'minor';
END;
CREATE TRIGGER minor_status_changed AFTER UPDATE OF status ON minor WHEN old.status <> new.status BEGIN
  UPDATE register_count
  SET active = active + (new.status = 'active') - (old.status = 'active'),
    cancelled = cancelled + (new.status = 'cancelled') - (old.status = 'cancelled')
  WHERE register = 'minor';
END;
CREATE TRIGGER minor_touched AFTER UPDATE OF updated_at, status ON minor
WHEN old.updated_at <> new.updated_at OR old.status <> new.status BEGIN
  UPDATE name_key SET updated_at = new.updated_at, status = new.status WHERE row = new.row AND +register = 'minor';
END;
CREATE TRIGGER minor_removed AFTER DELETE ON minor BEGIN
  UPDATE register_count
  SET active = active - (old.status = 'active'), cancelled = cancelled - (old.status = 'cancelled')
  WHERE register = 'minor';
  DELETE FROM name_key WHERE row = old.row AND +register = 'minor';
END;

CREATE INDEX minor_updated_at ON minor (updated_at, status);
CREATE INDEX minor_created_at ON minor (created_at, status);
CREATE INDEX minor_station_code ON minor (station_code, updated_at, status);
CREATE INDEX minor_guardian_id ON minor (guardian_id, updated_at, status);
CREATE INDEX minor_dwelling_id ON minor (dwelling_id, updated_at, status);
CREATE INDEX minor_school_id ON minor (school_id, updated_at, status);
CREATE INDEX minor_collector_id ON minor (collector_id, updated_at, status);
CREATE INDEX minor_schooling_code ON minor (schooling_code, updated_at, status);
CREATE INDEX minor_grade_code ON minor (grade_code, updated_at, status);
CREATE INDEX minor_sex_code ON minor (sex_code, updated_at, status);
CREATE INDEX minor_document_number ON minor (document_number, updated_at, status);
CREATE INDEX minor_name ON minor (name, updated_at, status);
CREATE INDEX minor_birth_date ON minor (birth_date, updated_at, status);
CREATE INDEX minor_collection_date ON minor (collection_date, updated_at, status);

-- 学校
CREATE TABLE school (
  row INTEGER NOT NULL PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  declaration_version INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'cancelled')),
  cancellation TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  station_code TEXT NOT NULL,
  server_seq INTEGER NOT NULL,
  pending_ops INTEGER NOT NULL,
  name TEXT,
  school_type_code TEXT,
  school_ownership_code TEXT,
  division_code TEXT,
  address TEXT,
  principal_name TEXT,
  telephone TEXT
) STRICT;

INSERT INTO register_count (register, active, cancelled) VALUES ('school', 0, 0);
CREATE TRIGGER school_added AFTER INSERT ON school BEGIN
  UPDATE register_count
  SET active = active + (new.status = 'active'), cancelled = cancelled + (new.status = 'cancelled')
  WHERE register = 'school';
END;
CREATE TRIGGER school_status_changed AFTER UPDATE OF status ON school WHEN old.status <> new.status BEGIN
  UPDATE register_count
  SET active = active + (new.status = 'active') - (old.status = 'active'),
    cancelled = cancelled + (new.status = 'cancelled') - (old.status = 'cancelled')
  WHERE register = 'school';
END;
CREATE TRIGGER school_touched AFTER UPDATE OF updated_at, status ON school
WHEN old.updated_at <> new.updated_at OR old.status <> new.status BEGIN
  UPDATE name_key SET updated_at = new.updated_at, status = new.status WHERE row = new.row AND +register = 'school';
END;
CREATE TRIGGER school_removed AFTER DELETE ON school BEGIN
  UPDATE register_count
  SET active = active - (old.status = 'active'), cancelled = cancelled - (old.status = 'cancelled')
  WHERE register = 'school';
  DELETE FROM name_key WHERE row = old.row AND +register = 'school';
END;

CREATE INDEX school_updated_at ON school (updated_at, status);
CREATE INDEX school_created_at ON school (created_at, status);
CREATE INDEX school_station_code ON school (station_code, updated_at, status);
CREATE INDEX school_school_type_code ON school (school_type_code, updated_at, status);
CREATE INDEX school_division_code ON school (division_code, updated_at, status);
CREATE INDEX school_name ON school (name, updated_at, status);
CREATE INDEX school_telephone ON school (telephone, updated_at, status);

-- 小区
CREATE TABLE estate (
  row INTEGER NOT NULL PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  declaration_version INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'cancelled')),
  cancellation TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  station_code TEXT NOT NULL,
  server_seq INTEGER NOT NULL,
  pending_ops INTEGER NOT NULL,
  name TEXT,
  community_code TEXT,
  address TEXT,
  developer_name TEXT,
  builder_name TEXT,
  property_service_name TEXT,
  property_service_telephone TEXT,
  buildings TEXT
) STRICT;

INSERT INTO register_count (register, active, cancelled) VALUES ('estate', 0, 0);
CREATE TRIGGER estate_added AFTER INSERT ON estate BEGIN
  UPDATE register_count
  SET active = active + (new.status = 'active'), cancelled = cancelled + (new.status = 'cancelled')
  WHERE register = 'estate';
END;
CREATE TRIGGER estate_status_changed AFTER UPDATE OF status ON estate WHEN old.status <> new.status BEGIN
  UPDATE register_count
  SET active = active + (new.status = 'active') - (old.status = 'active'),
    cancelled = cancelled + (new.status = 'cancelled') - (old.status = 'cancelled')
  WHERE register = 'estate';
END;
CREATE TRIGGER estate_touched AFTER UPDATE OF updated_at, status ON estate
WHEN old.updated_at <> new.updated_at OR old.status <> new.status BEGIN
  UPDATE name_key SET updated_at = new.updated_at, status = new.status WHERE row = new.row AND +register = 'estate';
END;
CREATE TRIGGER estate_removed AFTER DELETE ON estate BEGIN
  UPDATE register_count
  SET active = active - (old.status = 'active'), cancelled = cancelled - (old.status = 'cancelled')
  WHERE register = 'estate';
  DELETE FROM name_key WHERE row = old.row AND +register = 'estate';
END;

CREATE INDEX estate_updated_at ON estate (updated_at, status);
CREATE INDEX estate_created_at ON estate (created_at, status);
CREATE INDEX estate_station_code ON estate (station_code, updated_at, status);
CREATE INDEX estate_community_code ON estate (community_code, updated_at, status);
CREATE INDEX estate_name ON estate (name, updated_at, status);

-- 居住证
CREATE TABLE residence_permit (
  row INTEGER NOT NULL PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  declaration_version INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'cancelled')),
  cancellation TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  station_code TEXT NOT NULL,
  server_seq INTEGER NOT NULL,
  pending_ops INTEGER NOT NULL,
  applicant_id TEXT,
  permit_action_code TEXT,
  permit_basis_code TEXT,
  permit_material_codes TEXT,
  acceptance_date TEXT,
  due_date TEXT,
  permit_term_code TEXT,
  valid_until_date TEXT,
  accepted_by_name TEXT,
  stage_code TEXT,
  review_date TEXT,
  refusal_reason TEXT,
  card_date TEXT,
  permit_number TEXT,
  issue_date TEXT
) STRICT;

INSERT INTO register_count (register, active, cancelled) VALUES ('residencePermit', 0, 0);
CREATE TRIGGER residence_permit_added AFTER INSERT ON residence_permit BEGIN
  UPDATE register_count
  SET active = active + (new.status = 'active'), cancelled = cancelled + (new.status = 'cancelled')
  WHERE register = 'residencePermit';
END;
CREATE TRIGGER residence_permit_status_changed AFTER UPDATE OF status ON residence_permit WHEN old.status <> new.status BEGIN
  UPDATE register_count
  SET active = active + (new.status = 'active') - (old.status = 'active'),
    cancelled = cancelled + (new.status = 'cancelled') - (old.status = 'cancelled')
  WHERE register = 'residencePermit';
END;
CREATE TRIGGER residence_permit_touched AFTER UPDATE OF updated_at, status ON residence_permit
WHEN old.updated_at <> new.updated_at OR old.status <> new.status BEGIN
  UPDATE name_key SET updated_at = new.updated_at, status = new.status WHERE row = new.row AND +register = 'residencePermit';
END;
CREATE TRIGGER residence_permit_removed AFTER DELETE ON residence_permit BEGIN
  UPDATE register_count
  SET active = active - (old.status = 'active'), cancelled = cancelled - (old.status = 'cancelled')
  WHERE register = 'residencePermit';
  DELETE FROM name_key WHERE row = old.row AND +register = 'residencePermit';
END;

CREATE INDEX residence_permit_updated_at ON residence_permit (updated_at, status);
CREATE INDEX residence_permit_created_at ON residence_permit (created_at, status);
CREATE INDEX residence_permit_station_code ON residence_permit (station_code, updated_at, status);
CREATE INDEX residence_permit_applicant_id ON residence_permit (applicant_id, updated_at, status);
CREATE INDEX residence_permit_permit_action_code ON residence_permit (permit_action_code, updated_at, status);
CREATE INDEX residence_permit_stage_code ON residence_permit (stage_code, updated_at, status);
CREATE INDEX residence_permit_permit_number ON residence_permit (permit_number, updated_at, status);
CREATE INDEX residence_permit_acceptance_date ON residence_permit (acceptance_date, updated_at, status);
CREATE INDEX residence_permit_due_date ON residence_permit (due_date, updated_at, status);
CREATE INDEX residence_permit_valid_until_date ON residence_permit (valid_until_date, updated_at, status);

-- 租赁合同
CREATE TABLE lease (
  row INTEGER NOT NULL PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  declaration_version INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'cancelled')),
  cancellation TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  station_code TEXT NOT NULL,
  server_seq INTEGER NOT NULL,
  pending_ops INTEGER NOT NULL,
  dwelling_id TEXT,
  lessor_name TEXT,
  lessee_ids TEXT,
  start_date TEXT,
  end_date TEXT,
  monthly_rent INTEGER,
  deposit INTEGER,
  lease_use_code TEXT,
  filing_number TEXT,
  filing_date TEXT,
  stage_code TEXT,
  termination_date TEXT,
  termination_reason_code TEXT
) STRICT;

INSERT INTO register_count (register, active, cancelled) VALUES ('lease', 0, 0);
CREATE TRIGGER lease_added AFTER INSERT ON lease BEGIN
  UPDATE register_count
  SET active = active + (new.status = 'active'), cancelled = cancelled + (new.status = 'cancelled')
  WHERE register = 'lease';
END;
CREATE TRIGGER lease_status_changed AFTER UPDATE OF status ON lease WHEN old.status <> new.status BEGIN
  UPDATE register_count
  SET active = active + (new.status = 'active') - (old.status = 'active'),
    cancelled = cancelled + (new.status = 'cancelled') - (old.status = 'cancelled')
  WHERE register = 'lease';
END;
CREATE TRIGGER lease_touched AFTER UPDATE OF updated_at, status ON lease
WHEN old.updated_at <> new.updated_at OR old.status <> new.status BEGIN
  UPDATE name_key SET updated_at = new.updated_at, status = new.status WHERE row = new.row AND +register = 'lease';
END;
CREATE TRIGGER lease_removed AFTER DELETE ON lease BEGIN
  UPDATE register_count
  SET active = active - (old.status = 'active'), cancelled = cancelled - (old.status = 'cancelled')
  WHERE register = 'lease';
  DELETE FROM name_key WHERE row = old.row AND +register = 'lease';
END;

CREATE INDEX lease_updated_at ON lease (updated_at, status);
CREATE INDEX lease_created_at ON lease (created_at, status);
CREATE INDEX lease_station_code ON lease (station_code, updated_at, status);
CREATE INDEX lease_dwelling_id ON lease (dwelling_id, updated_at, status);
CREATE INDEX lease_stage_code ON lease (stage_code, updated_at, status);
CREATE INDEX lease_filing_number ON lease (filing_number, updated_at, status);
CREATE INDEX lease_lessor_name ON lease (lessor_name, updated_at, status);
CREATE INDEX lease_start_date ON lease (start_date, updated_at, status);
CREATE INDEX lease_end_date ON lease (end_date, updated_at, status);
CREATE INDEX lease_filing_date ON lease (filing_date, updated_at, status);

-- 隐患检查
CREATE TABLE inspection (
  row INTEGER NOT NULL PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  declaration_version INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'cancelled')),
  cancellation TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  station_code TEXT NOT NULL,
  server_seq INTEGER NOT NULL,
  pending_ops INTEGER NOT NULL,
  dwelling_id TEXT,
  inspection_date TEXT,
  inspector_id TEXT,
  hazard_codes TEXT,
  description TEXT,
  photo TEXT,
  rectify_by_date TEXT,
  stage_code TEXT,
  reinspection_date TEXT,
  reinspection_result TEXT
) STRICT;

INSERT INTO register_count (register, active, cancelled) VALUES ('inspection', 0, 0);
CREATE TRIGGER inspection_added AFTER INSERT ON inspection BEGIN
  UPDATE register_count
  SET active = active + (new.status = 'active'), cancelled = cancelled + (new.status = 'cancelled')
  WHERE register = 'inspection';
END;
CREATE TRIGGER inspection_status_changed AFTER UPDATE OF status ON inspection WHEN old.status <> new.status BEGIN
  UPDATE register_count
  SET active = active + (new.status = 'active') - (old.status = 'active'),
    cancelled = cancelled + (new.status = 'cancelled') - (old.status = 'cancelled')
  WHERE register = 'inspection';
END;
CREATE TRIGGER inspection_touched AFTER UPDATE OF updated_at, status ON inspection
WHEN old.updated_at <> new.updated_at OR old.status <> new.status BEGIN
  UPDATE name_key SET updated_at = new.updated_at, status = new.status WHERE row = new.row AND +register = 'inspection';
END;
CREATE TRIGGER inspection_removed AFTER DELETE ON inspection BEGIN
  UPDATE register_count
  SET active = active - (old.status = 'active'), cancelled = cancelled - (old.status = 'cancelled')
  WHERE register = 'inspection';
  DELETE FROM name_key WHERE row = old.row AND +register = 'inspection';
END;

CREATE INDEX inspection_updated_at ON inspection (updated_at, status);
CREATE INDEX inspection_created_at ON inspection (created_at, status);
CREATE INDEX inspection_station_code ON inspection (station_code, updated_at, status);
CREATE INDEX inspection_dwelling_id ON inspection (dwelling_id, updated_at, status);
CREATE INDEX inspection_inspector_id ON inspection (inspector_id, updated_at, status);
CREATE INDEX inspection_stage_code ON inspection (stage_code, updated_at, status);
CREATE INDEX inspection_inspection_date ON inspection (inspection_date, updated_at, status);
CREATE INDEX inspection_rectify_by_date ON inspection (rectify_by_date, updated_at, status);

-- 服务事项
CREATE TABLE service_request (
  row INTEGER NOT NULL PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  declaration_version INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'cancelled')),
  cancellation TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  station_code TEXT NOT NULL,
  server_seq INTEGER NOT NULL,
  pending_ops INTEGER NOT NULL,
  applicant_id TEXT,
  applicant_name TEXT,
  applicant_telephone TEXT,
  service_type_code TEXT,
  content TEXT,
  acceptance_date TEXT,
  due_date TEXT,
  handler_name TEXT,
  stage_code TEXT,
  finish_date TEXT,
  result TEXT,
  satisfaction_code TEXT
) STRICT;

INSERT INTO register_count (register, active, cancelled) VALUES ('serviceRequest', 0, 0);
CREATE TRIGGER service_request_added AFTER INSERT ON service_request BEGIN
  UPDATE register_count
  SET active = active + (new.status = 'active'), cancelled = cancelled + (new.status = 'cancelled')
  WHERE register = 'serviceRequest';
END;
CREATE TRIGGER service_request_status_changed AFTER UPDATE OF status ON service_request WHEN old.status <> new.status BEGIN
  UPDATE register_count
  SET active = active + (new.status = 'active') - (old.status = 'active'),
    cancelled = cancelled + (new.status = 'cancelled') - (old.status = 'cancelled')
  WHERE register = 'serviceRequest';
END;
CREATE TRIGGER service_request_touched AFTER UPDATE OF updated_at, status ON service_request
WHEN old.updated_at <> new.updated_at OR old.status <> new.status BEGIN
  UPDATE name_key SET updated_at = new.updated_at, status = new.status WHERE row = new.row AND +register = 'serviceRequest';
END;
CREATE TRIGGER service_request_removed AFTER DELETE ON service_request BEGIN
  UPDATE register_count
  SET active = active - (old.status = 'active'), cancelled = cancelled - (old.status = 'cancelled')
  WHERE register = 'serviceRequest';
  DELETE FROM name_key WHERE row = old.row AND +register = 'serviceRequest';
END;

CREATE INDEX service_request_updated_at ON service_request (updated_at, status);
CREATE INDEX service_request_created_at ON service_request (created_at, status);
CREATE INDEX service_request_station_code ON service_request (station_code, updated_at, status);
CREATE INDEX service_request_applicant_id ON service_request (applicant_id, updated_at, status);
CREATE INDEX service_request_service_type_code ON service_request (service_type_code, updated_at, status);
CREATE INDEX service_request_stage_code ON service_request (stage_code, updated_at, status);
CREATE INDEX service_request_applicant_name ON service_request (applicant_name, updated_at, status);
CREATE INDEX service_request_applicant_telephone ON service_request (applicant_telephone, updated_at, status);
CREATE INDEX service_request_acceptance_date ON service_request (acceptance_date, updated_at, status);
CREATE INDEX service_request_due_date ON service_request (due_date, updated_at, status);

-- Photos of an inspection go to the server like those of people: see 0050.
CREATE TRIGGER inspection_photo_added AFTER INSERT ON inspection WHEN new.photo IS NOT NULL BEGIN
  INSERT INTO photo_use (hash) VALUES (new.photo) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER inspection_photo_changed AFTER UPDATE OF photo ON inspection
WHEN new.photo IS NOT NULL AND new.photo IS NOT old.photo BEGIN
  INSERT INTO photo_use (hash) VALUES (new.photo) ON CONFLICT DO NOTHING;
END;
