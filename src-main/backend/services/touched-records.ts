import type { RegisterName } from '../../../src-shared/registers/register.ts'

/** Records that an act has changed for pages, look-ups and query results. */
export type TouchedRecords = Map<RegisterName, Set<string>>

export function touch(touched: TouchedRecords, register: RegisterName, ...ids: readonly string[]): void {
  if (ids.length === 0) return
  const known = touched.get(register)
  if (known) for (const id of ids) known.add(id)
  else touched.set(register, new Set(ids))
}

/** Tells of all of them, register by register; call it after the commit. */
export function tellTouched(
  touched: TouchedRecords,
  tell: (register: RegisterName, ids: readonly string[]) => void,
): void {
  for (const [register, ids] of touched) tell(register, [...ids])
}
