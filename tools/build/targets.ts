import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { basename, join } from 'node:path'
import react from '@vitejs/plugin-react'
import type { InlineConfig } from 'vite'

/** One part of the program that is built on its own. */
export type BuildTarget = {
  readonly name: string
  /** What its result depends on, besides the tools and the locked packages: paths below the root. */
  readonly sources: readonly string[]
  readonly config: InlineConfig
}

const nodeModules = [...builtinModules, ...builtinModules.map((name) => `node:${name}`)]
/** Stays outside every bundle: Electron itself, and what carries native code. */
const external = [...nodeModules, 'electron', 'better-sqlite3', 'serialport', 'node-hid', 'usb']

/** The four parts of the client. */
export function clientTargets(root: string): readonly BuildTarget[] {
  return [
    {
      name: 'renderer',
      // The manual is shown inside the client.
      sources: ['src-renderer', 'src-shared', 'docs/manual'],
      config: {
        root: join(root, 'src-renderer'),
        plugins: [react()],
        // Chromium of the oldest Electron that the client runs on (33).
        build: {
          outDir: join(root, 'build', 'renderer'),
          target: 'chrome130',
          chunkSizeWarningLimit: 4_000,
          modulePreload: { polyfill: false },
        },
      },
    },
    {
      name: 'main',
      sources: ['src-main', 'src-shared', 'package.json'],
      config: nodeConfig(root, 'main', { main: 'src-main/main.ts' }, 'cjs'),
    },
    {
      name: 'preload',
      sources: ['src-main/preload', 'src-shared/contract'],
      config: nodeConfig(root, 'preload', { preload: 'src-main/preload/preload.ts' }, 'cjs'),
    },
    {
      name: 'backend',
      sources: ['src-main/backend', 'src-shared', 'migrations'],
      config: nodeConfig(root, 'backend', backendEntries(root), 'es'),
    },
  ]
}

/** The backend's entry and, beside it, every `*-worker.ts`, which it starts as a thread by that name. */
function backendEntries(root: string): Record<string, string> {
  const folder = join(root, 'src-main', 'backend')
  const workers = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('-worker.ts'),
  )
  return Object.fromEntries(
    ['backend.ts', ...workers].map((path) => [basename(path, '.ts'), join('src-main', 'backend', path)]),
  )
}

function nodeConfig(
  root: string,
  name: string,
  entries: Record<string, string>,
  format: 'cjs' | 'es',
): InlineConfig {
  return {
    root,
    publicDir: false,
    define: { __PROGRAM_VERSION__: JSON.stringify(programVersion(root)) },
    // Everything but the externals goes into the bundle: a packaged program then carries no folder of packages.
    ssr: { noExternal: true, external },
    build: {
      ssr: true,
      target: 'node20',
      outDir: join(root, 'build', name),
      // Traces in a log must name what the source names.
      minify: false,
      sourcemap: true,
      rolldownOptions: {
        input: Object.fromEntries(Object.entries(entries).map(([key, path]) => [key, join(root, path)])),
        external,
        platform: 'node',
        output: {
          format,
          entryFileNames: format === 'cjs' ? '[name].cjs' : '[name].js',
          chunkFileNames: '[name]-[hash].js',
        },
      },
    },
  }
}

function programVersion(root: string): string {
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version
}
