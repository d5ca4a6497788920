import { nameInitialKeys } from '../../../src-shared/pinyin/initials.ts'
import type { RecordStatus, RegisterName } from '../../../src-shared/registers/register.ts'
import type { WriteDatabase } from '../database/database.ts'

/** Replaces the keys by which a record's name is found by its pinyin initials. */
export function writeNameKeys(
  database: WriteDatabase,
  register: RegisterName,
  row: number,
  record: { readonly name: unknown; readonly updatedAt: number; readonly status: RecordStatus },
  isNew: boolean,
): void {
  if (!isNew) database.runOf('DELETE FROM name_key WHERE row = ? AND +register = ?', row, register)
  if (typeof record.name !== 'string') return
  for (const key of nameInitialKeys(record.name))
    database.runOf(
      'INSERT OR IGNORE INTO name_key (register, key, row, updated_at, status) VALUES (?, ?, ?, ?, ?)',
      register,
      key,
      row,
      record.updatedAt,
      record.status,
    )
}
