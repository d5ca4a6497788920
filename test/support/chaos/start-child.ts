import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where a process is to end: at the so-maniest statement whose text fits `sql` (a regular expression), before or after it is done. */
export type KillPoint = { readonly sql: string; readonly when: 'before' | 'after'; readonly nth: number }

/** A fault put into a source file as it is loaded. */
export type SourceChange = { readonly file: string; readonly from: string; readonly to: string }

/** A program of the project in a process of its own, made to be killed. */
export type Child = {
  /** Whole lines it has printed. */
  readonly lines: readonly string[]
  /** The line that fits, as soon as there is one; undefined when the process ends without it. */
  readonly waitFor: (pattern: RegExp) => Promise<string | undefined>
  /** Ends it at once. */
  readonly kill: (signal?: NodeJS.Signals) => void
  /** When it has ended: by what signal, or with which code. */
  readonly ended: Promise<{ readonly signal: NodeJS.Signals | null; readonly code: number | null }>
  /** What it said on the error stream. */
  readonly errors: () => string
}

/** Starts a TypeScript program of this tree. What Node compiles is kept for the next one: hundreds are started. */
export function startChild(
  script: string,
  childArguments: readonly string[],
  options: {
    readonly killAt?: KillPoint | undefined
    readonly mutation?: readonly SourceChange[]
    readonly env?: Readonly<Record<string, string>>
  } = {},
): Child {
  const child = spawn(
    process.execPath,
    [
      ...['--import', join(import.meta.dirname, 'kill-at-child.ts')],
      ...(options.mutation ? ['--import', join(import.meta.dirname, 'mutate-child.ts')] : []),
      script,
      ...childArguments,
    ],
    {
      env: {
        ...process.env,
        // What is changed on the way is not what is kept.
        ...(options.mutation
          ? { JUFUTONG_MUTATION: JSON.stringify(options.mutation) }
          : { NODE_COMPILE_CACHE: join(tmpdir(), 'jufutong-compiled') }),
        ...options.env,
        ...(options.killAt ? { JUFUTONG_KILL_AT: JSON.stringify(options.killAt) } : {}),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const lines: string[] = []
  const listeners = new Set<() => void>()
  let rest = ''
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts)
    for (const listener of listeners) listener()
  })
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const killWithUs = (): void => {
    child.kill('SIGKILL')
  }
  process.once('exit', killWithUs)
  // `close` comes after everything it has printed was read.
  const ended = new Promise<{ readonly signal: NodeJS.Signals | null; readonly code: number | null }>(
    (resolve) =>
      child.once('close', (code, signal) => {
        process.off('exit', killWithUs)
        resolve({ code, signal })
      }),
  )
  return {
    lines,
    waitFor: (pattern) =>
      new Promise((resolve) => {
        const look = (): void => {
          const line = lines.find((each) => pattern.test(each))
          if (line === undefined) return
          listeners.delete(look)
          resolve(line)
        }
        listeners.add(look)
        look()
        void ended.then(() => {
          look()
          listeners.delete(look)
          resolve(undefined)
        })
      }),
    kill: (signal = 'SIGKILL') => child.kill(signal),
    ended,
    errors: () => errors,
  }
}
