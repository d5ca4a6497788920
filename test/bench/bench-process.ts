import { fork, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer, connect, type Socket } from 'node:net'
import type { Act, ActAnswer } from './sync-acts.ts'

/** A client's process that performs acts. */
export type ClientProcess = {
  /** @throws what went wrong in the process */
  readonly perform: (act: Exclude<Act, { readonly name: 'end' }>) => Promise<ActAnswer>
  readonly end: () => Promise<void>
}

/** Starts a client's program and waits until it is ready. The options are those the packaged program gives its backend. */
export async function startClientProcess(
  script: string,
  programArguments: readonly string[],
  nodeOptions: readonly string[] = [],
): Promise<ClientProcess> {
  const child = fork(script, [...programArguments], {
    execArgv: [...nodeOptions],
    env: {
      ...process.env,
      MALLOC_ARENA_MAX: '2',
      MALLOC_MMAP_THRESHOLD_: '65536',
      MALLOC_TRIM_THRESHOLD_: '65536',
    },
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  })
  let errors = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  const next = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error(`${script} ended: ${errors}`))
      child.once('exit', ended)
      child.once('message', (message) => {
        child.off('exit', ended)
        resolve(message)
      })
    })
  await next()
  return {
    perform: async (act) => {
      const answered = next()
      child.send(act)
      const answer = (await answered) as ActAnswer
      if (answer.error !== undefined) throw new Error(`${act.name}: ${answer.error}`)
      return answer
    },
    end: async () => {
      const ended = exitOf(child)
      child.send({ name: 'end' } satisfies Act)
      await ended
    },
  }
}

/** Resolves when the process has ended. */
export function exitOf(child: ChildProcess): Promise<void> {
  return child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => {
        child.once('exit', () => resolve())
      })
}

/** Peak resident memory of a process so far, bytes; NaN where the system does not tell (it is not Linux). */
export function peakMemoryOf(processId: number | undefined): number {
  try {
    const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${processId}/status`, 'utf8'))
    return Number(line?.[1]) * 1_024
  } catch {
    return Number.NaN
  }
}

/** Milliseconds of processor time a process has used so far; NaN where the system does not tell (it is not Linux). */
export function processorTimeOf(processId: number | undefined): number {
  try {
    const parts = readFileSync(`/proc/${processId}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    // utime and stime in hundredths of a second.
    return (Number(parts[11]) + Number(parts[12])) * 10
  } catch {
    return Number.NaN
  }
}

/** A loopback port in front of another that counts what passes: every byte on the socket, TLS and HTTP heads included. */
export type WireMeter = {
  readonly port: number
  /** The port it stands in front of. */
  readonly connectTo: (targetPort: number) => void
  /** Bytes since the last call: `up` to the server, `down` from it. */
  readonly take: () => { readonly up: number; readonly down: number }
  readonly close: () => void
}

/** Starts a meter. It costs every system the same: a copy of each byte and one more hop. */
export async function startWireMeter(): Promise<WireMeter> {
  let targetPort = 0
  let up = 0
  let down = 0
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (client) => {
    const target = connect({ host: '127.0.0.1', port: targetPort, noDelay: true })
    client.on('data', (chunk) => {
      up += chunk.length
    })
    target.on('data', (chunk) => {
      down += chunk.length
    })
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.end()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    connectTo: (target) => {
      targetPort = target
    },
    take: () => {
      const taken = { up, down }
      up = 0
      down = 0
      return taken
    },
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
