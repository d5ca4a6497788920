/**
 * Writes the invented day of a clerk to test/fixtures/day.
 *
 *   node tools/demo/generate-day.ts
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inventDay } from './invent-day.ts'
import { listEntriesWithDemo } from './list-entries.ts'

const folder = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'day')
for (const [name, content] of Object.entries(inventDay(listEntriesWithDemo)))
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(content, undefined, 2)}\n`)
console.log('the day is written')
