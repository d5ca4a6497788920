import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'
import { withLock } from '../bootstrap/lock.mjs'
import { sourceHash } from './source-hash.ts'
import { clientTargets } from './targets.ts'
import type { BuildTarget } from './targets.ts'

/** Changing any of these builds everything again. */
const commonSources = ['package-lock.json', 'tools/build']

/**
 * Builds the parts of the client whose sources changed since their last build, into `build/`. Says which.
 *
 * @throws {Error} the builder's own, when a source cannot be built; the part counts as not built then
 */
export async function buildClient(root: string): Promise<void> {
  await withLock(join(root, 'build', '.lock'), async () => {
    for (const target of clientTargets(root)) await buildTarget(root, target)
  })
}

async function buildTarget(root: string, target: BuildTarget): Promise<void> {
  const stampPath = join(root, 'build', `.${target.name}.stamp`)
  const stamp = sourceHash(root, [...commonSources, ...target.sources])
  const isCurrent = existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp
  if (isCurrent && existsSync(join(root, 'build', target.name))) return

  console.log(`Building ${target.name} …`)
  rmSync(stampPath, { force: true })
  const config = target.config
  await build({
    ...config,
    configFile: false,
    logLevel: 'warn',
    base: './',
    build: { ...config.build, emptyOutDir: true, reportCompressedSize: false },
  })
  mkdirSync(join(root, 'build'), { recursive: true })
  writeFileSync(stampPath, stamp)
}
