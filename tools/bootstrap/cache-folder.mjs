import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * The folder of this user that keeps what was fetched (Node 24, an Electron) for every checkout. May not exist yet.
 * `JUFUTONG_CACHE_DIR` chooses another one.
 * @returns {string} absolute path
 */
export function cacheFolder() {
  const chosen = process.env['JUFUTONG_CACHE_DIR']
  if (chosen) return chosen
  if (process.platform === 'win32') {
    return join(process.env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'jufutong', 'cache')
  }
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'jufutong')
  // Set but empty counts as not set (XDG Base Directory Specification).
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'jufutong')
}
