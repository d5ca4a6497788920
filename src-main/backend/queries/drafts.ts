import { z } from 'zod'
import type { Draft, DraftInput } from '../../../src-shared/contract/types.ts'
import { REGISTER_NAMES } from '../../../src-shared/registers/register.ts'
import { build, type ReadDatabase, type WriteDatabase } from '../database/database.ts'

/** Merges the inputs of a draft into the stored one; fields not named stay as they are. */
export function writeDraft(database: WriteDatabase, draft: Draft): void {
  const { inputs, ...rest } = draft
  const head = JSON.stringify(rest)
  database.run(
    build
      .insertInto('draft')
      .values({ id: draft.id, register: draft.register, head, updatedAt: draft.updatedAt })
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet({ register: draft.register, head, updatedAt: draft.updatedAt }),
      ),
  )
  for (const [field, input] of Object.entries(inputs)) {
    database.runOf(
      'INSERT OR REPLACE INTO draft_input (draft_id, field, input) VALUES (?, ?, ?)',
      draft.id,
      field,
      JSON.stringify(input),
    )
  }
}

const head = z.object({
  id: z.string(),
  register: z.enum(REGISTER_NAMES),
  recordId: z.string().nullable(),
  revision: z.number(),
  focusedField: z.string().nullable(),
  caret: z.number(),
  pinnedFields: z.array(z.string()),
  batchCount: z.number(),
  batchId: z.string().nullable().exactOptional(),
  openedFrom: z.object({ draftId: z.string(), field: z.string() }).nullable(),
  changeInputs: z
    .record(
      z.string(),
      z.custom<DraftInput>((input) => typeof input === 'object'),
    )
    .exactOptional(),
  updatedAt: z.number(),
})

/** Every open form, the oldest first. A row that cannot be read any more is left out, not thrown away. */
export function listDrafts(database: ReadDatabase): readonly Draft[] {
  const inputs = new Map<string, Record<string, DraftInput>>()
  for (const row of database.all(build.selectFrom('draftInput').selectAll())) {
    const fields = inputs.get(row.draftId) ?? {}
    fields[row.field] = JSON.parse(row.input) as DraftInput
    inputs.set(row.draftId, fields)
  }
  const drafts: Draft[] = []
  for (const row of database.all(build.selectFrom('draft').selectAll().orderBy('updatedAt').orderBy('id'))) {
    const parsed = head.safeParse(JSON.parse(row.head))
    if (parsed.success) drafts.push({ ...parsed.data, inputs: inputs.get(row.id) ?? {} })
  }
  return drafts
}

/** Ends a draft with all its inputs. */
export function deleteDraft(database: WriteDatabase, id: string): void {
  database.run(build.deleteFrom('draft').where('id', '=', id))
}
