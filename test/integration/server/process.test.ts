import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeFolder, RESOURCES } from '../../support/backend-fixture.ts'
import { startServerProcess } from '../../support/server-process.ts'

/** `npm run server` as an operator starts it: its settings, and what it says when they do not fit. */

const script = join(RESOURCES, 'src-server', 'server.ts')

let folder: ReturnType<typeof makeFolder>

beforeEach(() => {
  folder = makeFolder()
})
afterEach(() => folder.remove())

function environment(change: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('JUFUTONG_SERVER_'))
  return {
    ...Object.fromEntries(inherited),
    JUFUTONG_SERVER_DATABASE: join(folder.path, 'server.db'),
    ...change,
  }
}

/** Runs the server until it ends by itself. */
function runServer(change: Readonly<Record<string, string>>): {
  readonly code: number | null
  readonly said: string
} {
  const done = spawnSync(process.execPath, [script], {
    env: environment(change),
    encoding: 'utf8',
    timeout: 30_000,
  })
  return { code: done.status, said: done.stderr }
}

test('it answers at the chosen host and port, over the chosen file', async () => {
  const server = await startServerProcess()
  try {
    const answer = await fetch(`http://127.0.0.1:${server.port}/about`)
    expect(await answer.json()).toMatchObject({ product: 'jufutong-server' })
  } finally {
    await server.stop()
  }
})

test('without settings it is at 127.0.0.1:8080 and nowhere else', async () => {
  const server = spawn(process.execPath, [script], {
    env: environment({}),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  // Where another program has that port, the refusal names it.
  const spoken = new Promise<void>((resolve) => {
    const hear = (chunk: unknown): void => {
      said += String(chunk)
      if (/ is ready|已被占用/.test(said)) resolve()
    }
    server.stdout.on('data', hear)
    server.stderr.on('data', hear)
  })
  await Promise.race([spoken, ended])
  server.kill('SIGTERM')
  await ended
  expect(said).toMatch(/127\.0\.0\.1:8080/)
  expect(said).not.toMatch(/0\.0\.0\.0|\[::\]/)
  expect(existsSync(join(folder.path, 'server.db'))).toBe(true)
})

test('a port that is none, or in use, is named with what to do', async () => {
  expect(runServer({ JUFUTONG_SERVER_PORT: '80x' })).toMatchObject({
    code: 1,
    said: expect.stringContaining('JUFUTONG_SERVER_PORT「80x」不是端口号') as string,
  })
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const address = other.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  try {
    expect(runServer({ JUFUTONG_SERVER_PORT: String(port) })).toMatchObject({
      code: 1,
      said: expect.stringContaining(`127.0.0.1:${port} 已被占用`) as string,
    })
  } finally {
    other.close()
  }
})
