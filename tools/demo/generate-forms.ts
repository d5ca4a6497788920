/**
 * Writes the thirty invented paper forms to test/fixtures/forms.
 *
 *   node tools/demo/generate-forms.ts
 */
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inventPaperForms } from './invent-paper-forms.ts'
import { listEntriesWithDemo } from './list-entries.ts'

const folder = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'forms')
for (const file of readdirSync(folder)) if (/^\d\d-.*\.json$/.test(file)) rmSync(join(folder, file))
const forms = inventPaperForms(listEntriesWithDemo)
for (const form of forms) {
  const name = `${String(form.number).padStart(2, '0')}-${form.household === null ? 'single' : `household-${form.household.toLowerCase()}`}`
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(form, undefined, 2)}\n`)
}
console.log(`${forms.length} forms written`)
