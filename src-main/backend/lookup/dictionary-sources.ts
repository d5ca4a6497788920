import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What SOURCES.tsv says of the file of a dictionary. */
export type DictionarySource = {
  /** The national standard; null where the project has written the table. */
  readonly standard: string | null
  readonly edition: string
}

/** The sources of the files of a folder by dictionary; none where the list cannot be read. */
export function readDictionarySources(folder: string): ReadonlyMap<string, DictionarySource> {
  const sources = new Map<string, DictionarySource>()
  let text: string
  try {
    text = readFileSync(join(folder, 'SOURCES.tsv'), 'utf8')
  } catch {
    return sources
  }
  const [header = '', ...lines] = text.split(/\r?\n/)
  const columns = header.split('\t')
  for (const line of lines) {
    const cells = line.split('\t')
    const cellOf = (column: string): string => cells[columns.indexOf(column)] ?? ''
    const standard = cellOf('standard')
    const name = /^(.+)\.csv$/.exec(cellOf('file'))?.[1]
    if (name !== undefined)
      sources.set(name, {
        standard: standard === '' || standard === 'none' ? null : standard,
        edition: cellOf('edition'),
      })
  }
  return sources
}
