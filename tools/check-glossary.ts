import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { findGlossaryBreaches, readGlossary } from './checks/glossary.ts'
import { listSourceFiles } from './checks/source-files.ts'

// Step `glossary` of `npm test`; an argument names another tree than this one.
const root = resolve(process.argv[2] ?? join(import.meta.dirname, '..'))
const avoided = readGlossary(readFileSync(join(root, 'docs', 'GLOSSARY.md'), 'utf8'))
const breaches = listSourceFiles(root).flatMap((path) =>
  findGlossaryBreaches(path, readFileSync(join(root, path), 'utf8'), avoided),
)
for (const { path, line, found, term } of breaches) {
  console.error(`${path}:${String(line)}: ${found}: the word here is “${term}” (docs/GLOSSARY.md)`)
}
process.exitCode = breaches.length === 0 ? 0 : 1
