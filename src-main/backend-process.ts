import { fork } from 'node:child_process'
import type { Readable } from 'node:stream'
import { utilityProcess } from 'electron'
import type { FromBackend, ToBackend } from '../src-shared/contract/messages.ts'

/** One running backend process, whichever way it was started. */
export type BackendProcess = {
  readonly send: (message: ToBackend) => void
  readonly kill: () => void
  /** Which of the two ways was taken, for the log. */
  readonly kind: 'utilityProcess' | 'node'
}

export type BackendListeners = {
  readonly onMessage: (message: FromBackend) => void
  /** Called once, with the exit code or null after a signal. */
  readonly onExit: (code: number | null) => void
  /** What the process printed; complete pieces of text, not lines. */
  readonly onOutput: (text: string) => void
}

/**
 * Starts the backend: inside Electron's own Node (`utilityProcess`), or, where `node` names a Node 24 executable, as an
 * ordinary child process of that. The same messages go both ways.
 */
export function startBackendProcess(
  script: string,
  node: string | undefined,
  listeners: BackendListeners,
): BackendProcess {
  return node === undefined ? startUtility(script, listeners) : startNode(script, node, listeners)
}

/**
 * glibc otherwise keeps what the look-ups' and queries' threads gave back, some tens of megabytes, until the backend ends:
 * large pieces come from and go to the system directly, and threads share two heaps. Other systems do not read these names.
 */
function backendEnvironment(): Record<string, string> {
  const own = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return {
    ...Object.fromEntries(own),
    MALLOC_ARENA_MAX: '2',
    MALLOC_MMAP_THRESHOLD_: '65536',
    MALLOC_TRIM_THRESHOLD_: '65536',
  }
}

function startUtility(script: string, listeners: BackendListeners): BackendProcess {
  const child = utilityProcess.fork(script, [], {
    serviceName: 'jufutong backend',
    stdio: 'pipe',
    env: backendEnvironment(),
  })
  collectOutput([child.stdout, child.stderr], listeners.onOutput)
  child.on('message', (message: FromBackend) => {
    listeners.onMessage(message)
  })
  child.once('exit', (code) => {
    listeners.onExit(code)
  })
  return {
    kind: 'utilityProcess',
    send: (message) => {
      child.postMessage(message)
    },
    kill: () => {
      child.kill()
    },
  }
}

function startNode(script: string, node: string, listeners: BackendListeners): BackendProcess {
  const child = fork(script, [], {
    execPath: node,
    // The backend lives long and holds its tables outside the heap: a large nursery only stays resident.
    execArgv: ['--max-semi-space-size=2'],
    env: backendEnvironment(),
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  collectOutput([child.stdout, child.stderr], listeners.onOutput)
  let isOver = false
  const end = (code: number | null): void => {
    if (isOver) return
    isOver = true
    listeners.onExit(code)
  }
  child.on('message', (message) => {
    listeners.onMessage(message as FromBackend)
  })
  child.once('error', (error) => {
    listeners.onOutput(error.message)
    // A program that could not be started never exits.
    if (child.pid === undefined) end(null)
  })
  child.once('exit', end)
  return {
    kind: 'node',
    send: (message) => {
      // A message to a process that just died is lost with it; its exit answers what was asked.
      if (child.connected) child.send(message, () => undefined)
    },
    kill: () => {
      child.kill()
    },
  }
}

function collectOutput(
  streams: readonly (Readable | NodeJS.ReadableStream | null)[],
  onOutput: (text: string) => void,
): void {
  for (const stream of streams) {
    stream?.setEncoding('utf8')
    stream?.on('data', (text: string) => {
      onOutput(text)
    })
  }
}
