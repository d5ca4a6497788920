import { appendFileSync, existsSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Facts of a log line: names, codes and numbers of the program. Never what a clerk typed. */
export type LogFacts = Readonly<Record<string, string | number | boolean | null>>

export type Log = {
  readonly write: (event: string, facts?: LogFacts) => void
  /** Path of the file. */
  readonly path: string
}

const largestFile = 4 * 1024 * 1024

/**
 * Opens a log file of one JSON object a line (`at` in UTC, `event`, facts). Personal data has no place in it. At 4 MiB
 * the file becomes `<name>.1.log` and a new one begins, so a log never fills a disk. A log that cannot be written
 * (full disk, read-only folder) is left out silently: it must not stop the work it tells about.
 */
export function openLog(logFolder: string, name: string): Log {
  const path = join(logFolder, `${name}.log`)
  return {
    path,
    write: (event, facts = {}) => {
      appendLine(path, JSON.stringify({ at: new Date().toISOString(), event, ...facts }))
    },
  }
}

/** Appends what a process printed, as it is, to a log file with the same limit of size. */
export function openTextLog(
  logFolder: string,
  name: string,
): { readonly append: (text: string) => void; readonly path: string } {
  const path = join(logFolder, `${name}.log`)
  return {
    path,
    append: (text) => {
      appendLine(path, text.trimEnd())
    },
  }
}

function appendLine(path: string, line: string): void {
  try {
    mkdirSync(join(path, '..'), { recursive: true })
    if (existsSync(path) && statSync(path).size > largestFile)
      renameSync(path, path.replace(/\.log$/, '.1.log'))
    appendFileSync(path, `${line}\n`)
  } catch {
    // See the docstring: no log is no reason to stop.
  }
}
