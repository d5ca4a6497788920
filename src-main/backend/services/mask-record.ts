import type { LabelledRecord } from '../../../src-shared/contract/types.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { FieldValue } from '../../../src-shared/fields/field.ts'
import type { Context } from './context.ts'
import { maskerFor } from './shown-records.ts'

/** A record as the present account may look at it: personal values are masked for a role that may not see them, as in lists. */
export function maskRecord(context: Context, record: LabelledRecord): LabelledRecord {
  if (context.account()?.role !== 'viewer') return record
  const register = getRegister(record.register)
  const mask = maskerFor(context)
  const maskValue = (name: string, value: FieldValue): FieldValue => {
    // Of a face nothing can be left out: it is not shown at all.
    if (register.fields[name]?.kind === 'photo') return null
    return typeof value === 'string' ? mask(register, name, value) : value
  }
  return {
    ...record,
    values: Object.fromEntries(
      Object.entries(record.values).map(([name, value]) => [name, maskValue(name, value)]),
    ),
    labels: Object.fromEntries(
      Object.entries(record.labels).map(([name, text]) => [name, mask(register, name, text)]),
    ),
    // `dwellingId.ownerTelephone`: masked by what the referenced register says of the field.
    shown: Object.fromEntries(
      Object.entries(record.shown).map(([path, text]) => {
        const [reference = '', name = ''] = path.split('.')
        const field = register.fields[reference]
        return [path, field?.kind === 'reference' ? mask(getRegister(field.register), name, text) : text]
      }),
    ),
  }
}
