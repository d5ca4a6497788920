import { basename, dirname } from 'node:path'

export type NameBreach = { readonly path: string; readonly reason: string }

/** Names that tell nothing about what a file holds. */
const emptyWords = new Set(['utils', 'util', 'helpers', 'helper', 'manager', 'misc', 'common', 'stuff'])
/** A file of this name is a barrel. */
const barrelName = /^index\./
const fileName = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)+$/
const decisionName = /^\d{4}-\d{2}-\d{2}-[a-z0-9-]+\.md$/
const migrationName = /^(\d{3}0)-[a-z0-9-]+\.(sql|ts)$/

/**
 * Checks the names of files (paths below the root, with `/`): words in lower case joined by hyphens; no name that says
 * nothing; migrations numbered in steps of ten, each number once; decisions dated.
 */
export function findNameBreaches(paths: readonly string[]): readonly NameBreach[] {
  const numbers = new Map<string, string>()
  return paths.flatMap((path): NameBreach[] => {
    const name = basename(path)
    if (path.startsWith('docs/decisions/')) {
      return decisionName.test(name) ? [] : [{ path, reason: 'a decision is named YYYY-MM-DD-title.md' }]
    }
    if (!fileName.test(name)) return [{ path, reason: 'file names are lower-case words joined by hyphens' }]
    if (/\.(ts|tsx|mjs)$/.test(name) && (barrelName.test(name) || hasEmptyWord(name))) {
      return [{ path, reason: 'the name does not say what the file holds' }]
    }
    return /^migrations\/(client|server)\//.test(path) ? checkMigration(path, numbers) : []
  })
}

function hasEmptyWord(name: string): boolean {
  return (name.split('.')[0] ?? '').split('-').some((word) => emptyWords.has(word))
}

function checkMigration(path: string, numbers: Map<string, string>): NameBreach[] {
  const number = migrationName.exec(basename(path))?.[1]
  if (number === undefined)
    return [{ path, reason: 'a migration is named NNNN-name.sql or .ts, NNNN in steps of ten' }]
  const key = `${dirname(path)}/${number}`
  const earlier = numbers.get(key)
  numbers.set(key, path)
  return earlier === undefined ? [] : [{ path, reason: `has the number of ${earlier}` }]
}
