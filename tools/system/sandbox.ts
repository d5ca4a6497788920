import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'

const setUserId = 0o4000

/**
 * Chromium's sandbox needs user namespaces or a helper that belongs to root. Some distributions give an ordinary user
 * neither; we never switch the sandbox off then, but name the command that makes it work.
 *
 * @throws {Error} whose message is that command
 */
export function checkSandbox(electronPath: string): void {
  if (process.platform !== 'linux' || process.getuid?.() === 0) return
  const helper = join(dirname(electronPath), 'chrome-sandbox')
  const found = statSync(helper, { throwIfNoEntry: false })
  if (found !== undefined && found.uid === 0 && (found.mode & setUserId) !== 0) return
  const trial = spawnSync('unshare', ['--user', 'true'], { stdio: 'ignore' })
  // No such program says nothing about namespaces.
  if (trial.error !== undefined || trial.status === 0) return
  throw new Error(
    'This system gives an ordinary user no sandbox for the window. Run this once and start again:\n' +
      `  sudo chown root:root ${helper} && sudo chmod 4755 ${helper}`,
  )
}
