-- Indexes of the queries (src-main/backend/queries), each with a test of its plan. All have the shape (field, updated_at, status):
-- one value is read newest first without sorting all of it, a range is scanned and sorted, and neither they nor a count
-- touch the records.

-- 协管员
CREATE INDEX coordinator_updated_at ON coordinator (updated_at, status);
CREATE INDEX coordinator_created_at ON coordinator (created_at, status);
CREATE INDEX coordinator_community_code ON coordinator (community_code, updated_at, status);
CREATE INDEX coordinator_name ON coordinator (name, updated_at, status);
CREATE INDEX coordinator_citizen_id_number ON coordinator (citizen_id_number, updated_at, status);
CREATE INDEX coordinator_telephone ON coordinator (telephone, updated_at, status);

-- 房屋
-- Who else has this address: asked at every new dwelling.
CREATE INDEX dwelling_address ON dwelling (street_code, door_number, room_number);
CREATE INDEX dwelling_updated_at ON dwelling (updated_at, status);
CREATE INDEX dwelling_created_at ON dwelling (created_at, status);
CREATE INDEX dwelling_station_code ON dwelling (station_code, updated_at, status);
CREATE INDEX dwelling_community_code ON dwelling (community_code, updated_at, status);
CREATE INDEX dwelling_street_code ON dwelling (street_code, updated_at, status);
CREATE INDEX dwelling_coordinator_id ON dwelling (coordinator_id, updated_at, status);
CREATE INDEX dwelling_occupancy_use_code ON dwelling (occupancy_use_code, updated_at, status);
CREATE INDEX dwelling_dwelling_type_code ON dwelling (dwelling_type_code, updated_at, status);
CREATE INDEX dwelling_door_number ON dwelling (door_number, updated_at, status);
CREATE INDEX dwelling_room_number ON dwelling (room_number, updated_at, status);
CREATE INDEX dwelling_common_address ON dwelling (common_address, updated_at, status);
CREATE INDEX dwelling_archive_number ON dwelling (archive_number, updated_at, status);
CREATE INDEX dwelling_owner_name ON dwelling (owner_name, updated_at, status);
CREATE INDEX dwelling_owner_document_number ON dwelling (owner_document_number, updated_at, status);
CREATE INDEX dwelling_owner_telephone ON dwelling (owner_telephone, updated_at, status);
CREATE INDEX dwelling_collection_date ON dwelling (collection_date, updated_at, status);

-- 单位
CREATE INDEX employer_updated_at ON employer (updated_at, status);
CREATE INDEX employer_created_at ON employer (created_at, status);
CREATE INDEX employer_station_code ON employer (station_code, updated_at, status);
CREATE INDEX employer_coordinator_id ON employer (coordinator_id, updated_at, status);
CREATE INDEX employer_employer_type_code ON employer (employer_type_code, updated_at, status);
CREATE INDEX employer_industry_code ON employer (industry_code, updated_at, status);
CREATE INDEX employer_division_code ON employer (division_code, updated_at, status);
CREATE INDEX employer_name ON employer (name, updated_at, status);
CREATE INDEX employer_social_credit_code ON employer (social_credit_code, updated_at, status);
CREATE INDEX employer_telephone ON employer (telephone, updated_at, status);

-- 流动人员
CREATE INDEX resident_updated_at ON resident (updated_at, status);
CREATE INDEX resident_created_at ON resident (created_at, status);
CREATE INDEX resident_station_code ON resident (station_code, updated_at, status);
CREATE INDEX resident_dwelling_id ON resident (dwelling_id, updated_at, status);
CREATE INDEX resident_employer_id ON resident (employer_id, updated_at, status);
CREATE INDEX resident_collector_id ON resident (collector_id, updated_at, status);
CREATE INDEX resident_sex_code ON resident (sex_code, updated_at, status);
CREATE INDEX resident_ethnic_group_code ON resident (ethnic_group_code, updated_at, status);
CREATE INDEX resident_household_division_code ON resident (household_division_code, updated_at, status);
CREATE INDEX resident_education_code ON resident (education_code, updated_at, status);
CREATE INDEX resident_occupation_code ON resident (occupation_code, updated_at, status);
CREATE INDEX resident_employment_status_code ON resident (employment_status_code, updated_at, status);
CREATE INDEX resident_residence_type_code ON resident (residence_type_code, updated_at, status);
CREATE INDEX resident_document_number ON resident (document_number, updated_at, status);
CREATE INDEX resident_name ON resident (name, updated_at, status);
CREATE INDEX resident_telephone ON resident (telephone, updated_at, status);
CREATE INDEX resident_birth_date ON resident (birth_date, updated_at, status);
CREATE INDEX resident_arrival_date ON resident (arrival_date, updated_at, status);
CREATE INDEX resident_move_in_date ON resident (move_in_date, updated_at, status);
CREATE INDEX resident_collection_date ON resident (collection_date, updated_at, status);
CREATE INDEX resident_paper_form_number ON resident (paper_form_number, updated_at, status);
