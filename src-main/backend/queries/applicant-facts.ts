import { PERMIT_STAGE } from '../../../src-shared/registers/residence-permit-flow.ts'
import type { ReadDatabase } from '../database/database.ts'

/** The last day of the newest issued permit of a resident, leaving out one record; null for none. */
export function findIssuedPermit(
  read: ReadDatabase,
  applicantId: string,
  exceptId: string,
): { readonly validUntilDate: string | null; readonly issueDate: string | null } | null {
  const row = read.firstOf(
    `SELECT valid_until_date, issue_date FROM residence_permit
     WHERE applicant_id = ? AND id <> ? AND status = 'active' AND stage_code = '${PERMIT_STAGE.issued}'
     ORDER BY valid_until_date DESC, issue_date DESC LIMIT 1`,
    applicantId,
    exceptId,
  )
  if (!row) return null
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
  return { validUntilDate: text(row['valid_until_date']), issueDate: text(row['issue_date']) }
}

/** An application of a resident that has not come to its end, leaving out one record. */
export function findPermitInProcess(
  read: ReadDatabase,
  applicantId: string,
  exceptId: string,
): { readonly permitActionCode: string; readonly acceptanceDate: string; readonly stageCode: string } | null {
  const { accepted, reviewed, made } = PERMIT_STAGE
  const row = read.firstOf(
    `SELECT permit_action_code, acceptance_date, stage_code FROM residence_permit
     WHERE applicant_id = ? AND id <> ? AND status = 'active' AND stage_code IN ('${accepted}', '${reviewed}', '${made}')
     ORDER BY acceptance_date LIMIT 1`,
    applicantId,
    exceptId,
  )
  return row
    ? {
        permitActionCode: String(row['permit_action_code'] ?? ''),
        acceptanceDate: String(row['acceptance_date'] ?? ''),
        stageCode: String(row['stage_code'] ?? ''),
      }
    : null
}
