/**
 * Writes the SHA-256 of every file named in dictionaries/SOURCES.tsv into its last column; the other columns are kept by hand.
 * A test refuses a table whose hash is stale, so that a change of a table is always a change of its line here too.
 *
 *   node tools/dictionaries/generate-hashes.ts
 */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '..', '..', 'dictionaries')
const path = join(folder, 'SOURCES.tsv')
const [header = '', ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n')
const updated = lines.map((line) => {
  const [file = '', standard = '', edition = '', origin = '', note = ''] = line.split('\t')
  const sha256 = createHash('sha256')
    .update(readFileSync(join(folder, file)))
    .digest('hex')
  return [file, standard, edition, origin, note, sha256].join('\t')
})
writeFileSync(path, `${[header, ...updated].join('\n')}\n`)
console.log(`${updated.length} hashes written`)
