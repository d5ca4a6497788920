import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { findNameBreaches } from './checks/file-names.ts'
import { listSourceFiles } from './checks/source-files.ts'

// Step `names` of `npm test`; an argument names another tree than this one.
const root = resolve(process.argv[2] ?? join(import.meta.dirname, '..'))
const decisions = join(root, 'docs', 'decisions')
const decisionPaths = existsSync(decisions)
  ? readdirSync(decisions).map((name) => `docs/decisions/${name}`)
  : []
const breaches = findNameBreaches([...listSourceFiles(root), ...decisionPaths])
for (const { path, reason } of breaches) console.error(`${path}: ${reason}`)
process.exitCode = breaches.length === 0 ? 0 : 1
