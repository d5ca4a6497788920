import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * One hash over the names and contents of files and folders (read to the bottom), in an order that does not depend on
 * the machine. Paths that do not exist count as absent.
 */
export function sourceHash(root: string, paths: readonly string[]): string {
  const hash = createHash('sha256')
  for (const path of paths) addPath(hash, root, path)
  return hash.digest('hex')
}

function addPath(hash: ReturnType<typeof createHash>, root: string, path: string): void {
  const full = join(root, path)
  const found = statSync(full, { throwIfNoEntry: false })
  if (found === undefined) return
  if (found.isDirectory()) {
    if (path.endsWith('node_modules')) return
    for (const name of readdirSync(full).toSorted()) addPath(hash, root, `${path}/${name}`)
    return
  }
  hash.update(`${path}\0${String(found.size)}\0`)
  hash.update(readFileSync(full))
}
