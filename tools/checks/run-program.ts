import { spawn } from 'node:child_process'
import { join } from 'node:path'

/**
 * Runs a package's program from node_modules/.bin, or a script, on this Node, with its output shown.
 *
 * @returns its exit code; 1 where a signal ended it
 */
export function runScript(
  root: string,
  script: string,
  scriptArguments: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<number> {
  const child = spawn(process.execPath, [join(root, script), ...scriptArguments], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...environment },
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => {
      resolve(code ?? 1)
    })
  })
}
