import { findValueProblem, checkRecord, type CheckContext } from '../../src-shared/fields/check.ts'
import type { Field, RecordValues } from '../../src-shared/fields/field.ts'
import type { Register } from '../../src-shared/registers/register.ts'

/** What the server reads of an op whose inside is well formed. */
export type CheckedOp = {
  readonly fields: RecordValues
  readonly cancellation: RecordValues | null
  readonly declarationVersion: number
}

/**
 * What is wrong with the values one op writes, or undefined. Each value is judged by the declaration that form and save use;
 * fields the op does not write are not judged again.
 */
export function findOpProblem(register: Register, op: CheckedOp, context: CheckContext): string | undefined {
  const isFromNewerProgram = op.declarationVersion > register.version
  return (
    findFieldProblem(register.fields, op.fields, isFromNewerProgram, context) ??
    findFieldProblem(register.cancellation, op.cancellation ?? {}, isFromNewerProgram, context)
  )
}

function findFieldProblem(
  fields: Readonly<Record<string, Field>>,
  values: RecordValues,
  isFromNewerProgram: boolean,
  context: CheckContext,
): string | undefined {
  for (const [name, value] of Object.entries(values)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (!field) {
      return isFromNewerProgram
        ? `服务器版本较旧,还不认识「${name}」这一项:内容已原样留存,服务器升级后再处理。`
        : `没有「${name}」这一项!`
    }
    // Rows may have been stored under an older declaration and come along with a new one: what they lack is no fault of this op.
    const problem = findValueProblem(field, value, { ...context, isStoredRow: () => true })
    if (problem !== undefined) return `${field.label}:${problem}`
  }
  return undefined
}

/**
 * What is wrong with a new record as a whole, or undefined. Records made by another version of the declaration are
 * judged field by field only.
 */
export function findNewRecordProblem(
  register: Register,
  values: RecordValues,
  declarationVersion: number,
  context: CheckContext,
): string | undefined {
  if (declarationVersion !== register.version) return undefined
  return checkRecord(register, values, context)[0]?.message
}
