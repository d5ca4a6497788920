import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const sourceFolders = ['src-shared', 'src-main', 'src-renderer', 'src-server', 'migrations', 'tools', 'test']
const skippedFolders = new Set(['node_modules', 'fixtures', 'golden', '__snapshots__'])

/** Paths (with `/`, below `root`) of every file of the sources, in order. Data and packages are no sources. */
export function listSourceFiles(root: string): readonly string[] {
  return sourceFolders.flatMap((folder) => listBelow(root, folder))
}

function listBelow(root: string, folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true }).toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  )
  return entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return skippedFolders.has(entry.name) ? [] : listBelow(root, path)
    return [path]
  })
}
