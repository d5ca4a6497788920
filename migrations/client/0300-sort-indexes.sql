-- A sort by any column (docs/decisions/2026-11-28-sort-indexes.md), each with a test of its plan.
--
-- Columns that are seldom sorted by stand together in a narrow index: a sort by one of them reads that whole, a tenth of the
-- table or less, and a save writes one entry instead of one a column. What is wide stands alone: it would make the others slow.
-- They begin with updated_at, so that a save's entry comes to the end and a seldom condition is answered newest first without a sort.

-- 流动人员
CREATE INDEX resident_seldom_codes ON resident (
  updated_at, status, station_code,
  document_type_code, hukou_type_code, marital_status_code, political_status_code, military_service_code, residence_reason_code,
  intended_stay_code, landlord_relation_code, years_worked, labour_contract_code, applies_for_permit_code
);
CREATE INDEX resident_seldom_values ON resident (
  updated_at, status, station_code,
  former_name, document_valid_from_date, document_valid_to_date
);
CREATE INDEX resident_household_address ON resident (household_address, updated_at, status);
CREATE INDEX resident_remarks ON resident (remarks, updated_at, status);

-- 房屋
CREATE INDEX dwelling_seldom_values ON dwelling (
  updated_at, status, station_code,
  building, entrance, floor, dwelling_use_code, structure_code, floor_area, room_count, ownership_code,
  owner_body_name, owner_body_principal_name, owner_body_telephone, agent_name, agent_document_number, agent_telephone,
  let_room_count, responsibility_letter_number
);
CREATE INDEX dwelling_remarks ON dwelling (remarks, updated_at, status);

-- 未成年人, 居住证, 租赁合同, 隐患检查
CREATE INDEX minor_seldom_values ON minor (
  updated_at, status, station_code,
  document_type_code, kinship_code, vaccination_code, remarks
);
CREATE INDEX residence_permit_seldom_values ON residence_permit (
  updated_at, status, station_code,
  permit_basis_code, permit_term_code, accepted_by_name, review_date, refusal_reason, card_date, issue_date
);
CREATE INDEX lease_seldom_values ON lease (
  updated_at, status, station_code,
  monthly_rent, deposit, lease_use_code, termination_date, termination_reason_code
);
CREATE INDEX inspection_seldom_values ON inspection (
  updated_at, status, station_code,
  description, reinspection_date, reinspection_result
);
