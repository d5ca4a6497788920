import { existsSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'

/** Where everything is, in the tree (`npm start`) and in an installed program alike. All paths are absolute. */
export type Places = {
  readonly dataFolder: string
  readonly logFolder: string
  /** Electron's own files: window state, caches. */
  readonly windowFolder: string
  /** Contains `migrations/` and `dictionaries/`. */
  readonly resourcesFolder: string
  readonly pageFolder: string
  readonly preloadScript: string
  readonly backendScript: string
  /** A Node 24 executable for the backend, where Electron's own Node is too old. */
  readonly backendNode: string | undefined
}

export type PlaceHints = {
  /** Folder of the running main script: `<program>/build/main`. */
  readonly mainFolder: string
  /** Electron's `process.resourcesPath`. */
  readonly installedResources: string
  /** The user's folder for programs' data. */
  readonly userDataParent: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Finds the places; asks the disk only whether files exist. */
export function findPlaces(hints: PlaceHints): Places {
  const program = resolve(hints.mainFolder, '..', '..')
  const isTree = existsSync(join(program, 'migrations'))
  const dataFolder = resolve(hints.environment['JUFUTONG_DATA_DIR'] || join(hints.userDataParent, 'jufutong'))
  return {
    dataFolder,
    logFolder: join(dataFolder, 'logs'),
    windowFolder: join(dataFolder, 'window'),
    resourcesFolder: isTree ? program : hints.installedResources,
    pageFolder: join(program, 'build', 'renderer'),
    preloadScript: join(program, 'build', 'preload', 'preload.cjs'),
    backendScript: outsideArchive(join(program, 'build', 'backend', 'backend.js')),
    backendNode: hints.environment['JUFUTONG_BACKEND_NODE'] || shippedNode(hints.installedResources),
  }
}

/** An ordinary Node cannot read Electron's archives, so the backend is always packaged beside them. */
function outsideArchive(path: string): string {
  return path.replace(`app.asar${sep}`, `app.asar.unpacked${sep}`)
}

/** A build packaged with the registry-only Electron brings a Node along. */
function shippedNode(installedResources: string): string | undefined {
  const path = join(installedResources, 'backend-node', process.platform === 'win32' ? 'node.exe' : 'node')
  return existsSync(path) ? path : undefined
}
