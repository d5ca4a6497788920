import { basename } from 'node:path'
import { listIdentifiers, wordsOf } from './identifiers.ts'

/** A word (or several in a row) that is not used, and the term that is. */
export type AvoidedTerm = { readonly term: string; readonly words: readonly string[] }

export type GlossaryBreach = {
  readonly path: string
  readonly line: number
  readonly found: string
  readonly term: string
}

/**
 * Reads the avoided words of docs/GLOSSARY.md: every paragraph that says `Avoid: a, b c, d.` at its end.
 *
 * @throws {Error} when no paragraph does: a check that checks nothing must not pass
 */
export function readGlossary(markdown: string): readonly AvoidedTerm[] {
  const terms = markdown.split(/\n\s*\n/).flatMap((paragraph) => {
    const avoided = /Avoid: ([^.]+)\.\s*$/.exec(paragraph)?.[1]
    if (avoided === undefined) return []
    const term = /\*\*(.+?)\*\*/.exec(paragraph)?.[1] ?? 'a word that says what it is'
    return avoided.split(',').map((words) => ({ term, words: words.trim().toLowerCase().split(/\s+/) }))
  })
  if (terms.length === 0) throw new Error('the glossary names no word to avoid')
  return terms
}

/** Finds the avoided words in one file's name and identifiers. */
export function findGlossaryBreaches(
  path: string,
  source: string,
  avoided: readonly AvoidedTerm[],
): readonly GlossaryBreach[] {
  const isCode = /\.(ts|tsx|mjs|sql)$/.test(path)
  const identifiers = isCode ? listIdentifiers(source, path.endsWith('.sql') ? 'sql' : 'typescript') : []
  const names = [{ text: basename(path).replace(/\.[a-z.]+$/, ''), line: 0 }, ...identifiers]
  const breaches: GlossaryBreach[] = []
  for (const { text, line } of names) {
    const words = wordsOf(text)
    for (const { term, words: unwanted } of avoided) {
      if (contains(words, unwanted)) breaches.push({ path, line, found: text, term })
    }
  }
  return breaches
}

function contains(words: readonly string[], unwanted: readonly string[]): boolean {
  return words.some((_, start) =>
    unwanted.every((word, offset) => {
      const found = words[start + offset]
      return found === word || (offset === unwanted.length - 1 && found === `${word}s`)
    }),
  )
}
