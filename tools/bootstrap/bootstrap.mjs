import { spawn } from 'node:child_process'
import { dirname, delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureDependencies } from './dependencies.mjs'
import { ensureNode } from './node-runtime.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/**
 * What every command starts with, on any Node from 18 on and in a bare clone: gets Node 24 and the npm packages, then
 * runs `script` (a TypeScript file below tools/) on that Node with the command's own arguments and ends with its code.
 * @param {string} script file name below tools/
 * @returns {Promise<void>}
 */
export async function runTool(script) {
  try {
    const node = await ensureNode()
    await ensureDependencies(root, node)
    process.exitCode = await run(node, [join(root, 'tools', script), ...process.argv.slice(2)])
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}

/**
 * @param {string} node
 * @param {readonly string[]} nodeArguments
 * @returns {Promise<number>}
 */
function run(node, nodeArguments) {
  const child = spawn(node, nodeArguments, {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env['PATH'] ?? ''}` },
  })
  // The terminal sends Ctrl+C to the child too; it ends first, so that what it started is put away.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1))
    })
  })
}
