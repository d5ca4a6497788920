-- Registers. Columns are those of columnsOf(register) in src-shared/fields/columns.ts; a test compares the two.

-- 协管员
CREATE TABLE coordinator (
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
  citizen_id_number TEXT,
  telephone TEXT,
  community_code TEXT,
  employment_date TEXT,
  work_card_number TEXT,
  photo TEXT,
  remarks TEXT
) STRICT;

-- 房屋
CREATE TABLE dwelling (
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
  archive_number TEXT,
  community_code TEXT,
  street_code TEXT,
  door_number TEXT,
  building TEXT,
  entrance TEXT,
  floor TEXT,
  room_number TEXT,
  common_address TEXT,
  dwelling_type_code TEXT,
  dwelling_use_code TEXT,
  structure_code TEXT,
  floor_area INTEGER,
  room_count INTEGER,
  occupancy_use_code TEXT,
  ownership_code TEXT,
  owner_name TEXT,
  owner_document_number TEXT,
  owner_telephone TEXT,
  owner_body_name TEXT,
  owner_body_principal_name TEXT,
  owner_body_telephone TEXT,
  agent_name TEXT,
  agent_document_number TEXT,
  agent_telephone TEXT,
  let_room_count INTEGER,
  responsibility_letter_number TEXT,
  coordinator_id TEXT,
  safety_facility_codes TEXT,
  collection_date TEXT,
  remarks TEXT
) STRICT;

-- 单位
CREATE TABLE employer (
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
  social_credit_code TEXT,
  employer_type_code TEXT,
  industry_code TEXT,
  division_code TEXT,
  address TEXT,
  principal_name TEXT,
  telephone TEXT,
  headcount INTEGER,
  coordinator_id TEXT,
  remarks TEXT
) STRICT;

-- 流动人员
CREATE TABLE resident (
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
  document_type_code TEXT,
  document_number TEXT,
  name TEXT,
  former_name TEXT,
  sex_code TEXT,
  ethnic_group_code TEXT,
  birth_date TEXT,
  household_division_code TEXT,
  household_address TEXT,
  hukou_type_code TEXT,
  document_valid_from_date TEXT,
  document_valid_to_date TEXT,
  photo TEXT,
  marital_status_code TEXT,
  education_code TEXT,
  political_status_code TEXT,
  military_service_code TEXT,
  telephone TEXT,
  dwelling_id TEXT,
  residence_type_code TEXT,
  residence_reason_code TEXT,
  arrival_date TEXT,
  move_in_date TEXT,
  intended_stay_code TEXT,
  landlord_relation_code TEXT,
  employment_status_code TEXT,
  employer_id TEXT,
  occupation_code TEXT,
  years_worked INTEGER,
  labour_contract_code TEXT,
  social_insurance_codes TEXT,
  applies_for_permit_code TEXT,
  accompanying_minors TEXT,
  collector_id TEXT,
  collection_date TEXT,
  paper_form_number TEXT,
  remarks TEXT
) STRICT;

-- Name keys: every reading's pinyin initials of a record's name (≤ 8), for conditions like zwx.
CREATE TABLE name_key (
  register TEXT NOT NULL,
  key TEXT NOT NULL,
  row INTEGER NOT NULL,
  -- Copies of the record's columns, kept by triggers: a query by initials sorts and filters without touching the record.
  updated_at INTEGER NOT NULL,
  status TEXT NOT NULL,
  PRIMARY KEY (register, key, row)
) STRICT, WITHOUT ROWID;
-- Changes by row say `+register`: without the plus SQLite would walk through all keys of the register instead.
CREATE INDEX name_key_row ON name_key (row, register, key);

-- How many records stand in each register: counting a million rows takes longer than a start may.
CREATE TABLE register_count (
  register TEXT NOT NULL PRIMARY KEY,
  active INTEGER NOT NULL,
  cancelled INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO register_count (register, active, cancelled)
VALUES ('resident', 0, 0), ('dwelling', 0, 0), ('employer', 0, 0), ('coordinator', 0, 0);

CREATE TRIGGER resident_added AFTER INSERT ON resident BEGIN
  UPDATE register_count
  SET active = active + (new.status = 'active'), cancelled = cancelled + (new.status = 'cancelled')
  WHERE register = 'resident';
END;
CREATE TRIGGER resident_status_changed AFTER UPDATE OF status ON resident WHEN old.status <> new.status BEGIN
  UPDATE register_count
  SET active = active + (new.status = 'active') - (old.status = 'active'),
    cancelled = cancelled + (new.status = 'cancelled') - (old.status = 'cancelled')
  WHERE register = 'resident';
END;
CREATE TRIGGER resident_touched AFTER UPDATE OF updated_at, status ON resident
WHEN old.updated_at <> new.updated_at OR old.status <> new.status BEGIN
  UPDATE name_key SET updated_at = new.updated_at, status = new.status WHERE row = new.row AND +register = 'resident';
END;
CREATE TRIGGER resident_removed AFTER DELETE ON resident BEGIN
  UPDATE register_count
  SET active = active - (old.status = 'active'), cancelled = cancelled - (old.status = 'cancelled')
  WHERE register = 'resident';
  DELETE FROM name_key WHERE row = old.row AND +register = 'resident';
END;

CREATE TRIGGER dwelling_added AFTER INSERT ON dwelling BEGIN
  UPDATE register_count
  SET active = active + (new.status = 'active'), cancelled = cancelled + (new.status = 'cancelled')
  WHERE register = 'dwelling';
END;
CREATE TRIGGER dwelling_status_changed AFTER UPDATE OF status ON dwelling WHEN old.status <> new.status BEGIN
  UPDATE register_count
  SET active = active + (new.status = 'active') - (old.status = 'active'),
    cancelled = cancelled + (new.status = 'cancelled') - (old.status = 'cancelled')
  WHERE register = 'dwelling';
END;
CREATE TRIGGER dwelling_touched AFTER UPDATE OF updated_at, status ON dwelling
WHEN old.updated_at <> new.updated_at OR old.status <> new.status BEGIN
  UPDATE name_key SET updated_at = new.updated_at, status = new.status WHERE row = new.row AND +register = 'dwelling';
END;
CREATE TRIGGER dwelling_removed AFTER DELETE ON dwelling BEGIN
  UPDATE register_count
  SET active = active - (old.status = 'active'), cancelled = cancelled - (old.status = 'cancelled')
  WHERE register = 'dwelling';
  DELETE FROM name_key WHERE row = old.row AND +register = 'dwelling';
END;

CREATE TRIGGER employer_added AFTER INSERT ON employer BEGIN
  UPDATE register_count
  SET active = active + (new.status = 'active'), cancelled = cancelled + (new.status = 'cancelled')
  WHERE register = 'employer';
END;
CREATE TRIGGER employer_status_changed AFTER UPDATE OF status ON employer WHEN old.status <> new.status BEGIN
  UPDATE register_count
  SET active = active + (new.status = 'active') - (old.status = 'active'),
    cancelled = cancelled + (new.status = 'cancelled') - (old.status = 'cancelled')
  WHERE register = 'employer';
END;
CREATE TRIGGER employer_touched AFTER UPDATE OF updated_at, status ON employer
WHEN old.updated_at <> new.updated_at OR old.status <> new.status BEGIN
  UPDATE name_key SET updated_at = new.updated_at, status = new.status WHERE row = new.row AND +register = 'employer';
END;
CREATE TRIGGER employer_removed AFTER DELETE ON employer BEGIN
  UPDATE register_count
  SET active = active - (old.status = 'active'), cancelled = cancelled - (old.status = 'cancelled')
  WHERE register = 'employer';
  DELETE FROM name_key WHERE row = old.row AND +register = 'employer';
END;

CREATE TRIGGER coordinator_added AFTER INSERT ON coordinator BEGIN
  UPDATE register_count
  SET active = active + (new.status = 'active'), cancelled = cancelled + (new.status = 'cancelled')
  WHERE register = 'coordinator';
END;
CREATE TRIGGER coordinator_status_changed AFTER UPDATE OF status ON coordinator WHEN old.status <> new.status BEGIN
  UPDATE register_count
  SET active = active + (new.status = 'active') - (old.status = 'active'),
    cancelled = cancelled + (new.status = 'cancelled') - (old.status = 'cancelled')
  WHERE register = 'coordinator';
END;
CREATE TRIGGER coordinator_touched AFTER UPDATE OF updated_at, status ON coordinator
WHEN old.updated_at <> new.updated_at OR old.status <> new.status BEGIN
  UPDATE name_key SET updated_at = new.updated_at, status = new.status WHERE row = new.row AND +register = 'coordinator';
END;
CREATE TRIGGER coordinator_removed AFTER DELETE ON coordinator BEGIN
  UPDATE register_count
  SET active = active - (old.status = 'active'), cancelled = cancelled - (old.status = 'cancelled')
  WHERE register = 'coordinator';
  DELETE FROM name_key WHERE row = old.row AND +register = 'coordinator';
END;
