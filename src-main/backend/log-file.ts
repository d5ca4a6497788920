import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Beyond this many bytes the log is begun anew; the previous one is kept. */
const LOG_LIMIT = 2_000_000

/** Appends lines to `<folder>/logs/backend.log`. A log that cannot be written never stops the program. */
export function openLog(dataFolder: string, now: () => number = Date.now): (line: string) => void {
  const folder = join(dataFolder, 'logs')
  const file = join(folder, 'backend.log')
  try {
    mkdirSync(folder, { recursive: true })
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > LOG_LIMIT) renameSync(file, `${file}.1`)
  } catch {
    return () => undefined
  }
  return (line) => {
    try {
      appendFileSync(file, `${new Date(now()).toISOString()} ${line.replaceAll(/\s+/g, ' ')}\n`)
    } catch {
      // A full disk must not also take the running program.
    }
  }
}
