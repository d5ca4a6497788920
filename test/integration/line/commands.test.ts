import { spawn, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeFolder, RESOURCES } from '../../support/backend-fixture.ts'

/** The commands of the line and the start of the server, as an operator runs them. */

const script = join(RESOURCES, 'src-server', 'server.ts')

let folder: ReturnType<typeof makeFolder>

beforeEach(() => {
  folder = makeFolder()
})
afterEach(() => folder.remove())

const at = (...parts: readonly string[]): string => join(folder.path, ...parts)

function environment(change: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('JUFUTONG_SERVER_'))
  return {
    ...Object.fromEntries(inherited),
    JUFUTONG_SERVER_DATABASE: at('server.db'),
    JUFUTONG_SERVER_PORT: '0',
    ...change,
  }
}

type Said = { readonly code: number | null; readonly said: string }

function run(
  commandArguments: readonly string[],
  change: Readonly<Record<string, string>> = {},
  input = '',
): Said {
  const done = spawnSync(process.execPath, [script, ...commandArguments], {
    env: environment(change),
    encoding: 'utf8',
    input,
    timeout: 30_000,
  })
  return { code: done.status, said: done.stdout + done.stderr }
}

/** Starts the server, and stops it when it has said that it is ready (or has ended by itself). */
async function start(change: Readonly<Record<string, string>>): Promise<Said> {
  const server = spawn(process.execPath, [script], {
    env: environment(change),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const hear = (chunk: unknown): void => {
    said += String(chunk)
    if (said.includes('is ready')) server.kill('SIGTERM')
  }
  server.stdout.on('data', hear)
  server.stderr.on('data', hear)
  const code = await new Promise<number | null>((resolve) => server.once('exit', resolve))
  return { code, said }
}

const fingerprintIn = (text: string): string =>
  text
    .split('\n')
    .filter((line) => /^ {2}([0-9A-F]{4} ?){4}$/.test(line))
    .map((line) => line.trim())
    .join(' ')

describe('init-tls', () => {
  test('makes an authority whose key stands apart, and renews with it under the same fingerprint', () => {
    const first = run(['init-tls', '--ip', '10.1.2.3,fd00::1', '--host', 'server.example'])
    expect(first.code).toBe(0)
    const certificate = new X509Certificate(readFileSync(at('tls', 'server.pem')))
    expect(certificate.checkIP('10.1.2.3')).toBe('10.1.2.3')
    expect(certificate.checkHost('server.example')).toBe('server.example')
    expect(certificate.subjectAltName).toContain('FD00')
    expect(certificate.checkIP('10.1.2.4')).toBeUndefined()
    const authority = new X509Certificate(readFileSync(at('tls', 'authority.pem')))
    expect(certificate.verify(authority.publicKey)).toBe(true)
    expect(authority.ca && !certificate.ca).toBe(true)
    expect(fingerprintIn(first.said).replaceAll(' ', '')).toBe(authority.fingerprint256.replaceAll(':', ''))
    const authorityKey = at('tls-authority', 'authority-key.pem')
    for (const file of [authorityKey, at('tls', 'server-key.pem')])
      expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(at('tls', 'server.pem'), 'utf8')).not.toContain('PRIVATE')

    const renewed = run(['init-tls', '--ip', '10.1.2.4', '--days', '30'])
    expect(renewed.code).toBe(0)
    expect(fingerprintIn(renewed.said)).toBe(fingerprintIn(first.said))
    const next = new X509Certificate(readFileSync(at('tls', 'server.pem')))
    expect(next.checkIP('10.1.2.4')).toBe('10.1.2.4')
    expect(next.verify(authority.publicKey)).toBe(true)
    expect(Date.parse(next.validTo) - Date.now()).toBeLessThan(31 * 86_400_000)

    // The authority's key was taken away, as the guide says: no renewal, and nothing changed.
    renameSync(authorityKey, at('in-an-envelope.pem'))
    const before = readFileSync(at('tls', 'server.pem'), 'utf8')
    expect(run(['init-tls', '--ip', '10.1.2.5'])).toMatchObject({
      code: 1,
      said: expect.stringContaining('没有签发私钥') as string,
    })
    expect(readFileSync(at('tls', 'server.pem'), 'utf8')).toBe(before)
    renameSync(at('in-an-envelope.pem'), authorityKey)
    chmodSync(authorityKey, 0o644)
    expect(run(['init-tls', '--ip', '10.1.2.5']).said).toContain('chmod 600')
  })

  test('wants addresses that are some', () => {
    for (const [wrong, sentence] of [
      [[], '--ip 10.1.2.3'],
      [['--ip', '10.1.2'], '不是IP地址'],
      [['--ip', 'server.example'], '不是IP地址'],
      [['--host', '10.1.2.3'], '不是主机名'],
      [['--ip', '10.1.2.3', '--days', '9000'], '应为1至825'],
    ] as const) {
      expect(run(['init-tls', ...wrong])).toMatchObject({
        code: 1,
        said: expect.stringContaining(sentence) as string,
      })
    }
    expect(existsSync(at('tls'))).toBe(false)
  })
})

describe('init', () => {
  test('makes database, station, administrator and certificates in one go, once', () => {
    const asked = ['init', '--station', '001', '--name', '示例站', '--scope', '示例区', '--ip', '127.0.0.1']
    const made = run(asked, {}, 'a long password\n')
    expect(made.code).toBe(0)
    expect(fingerprintIn(made.said)).not.toBe('')
    expect(run(['list']).said).toMatch(/001 示例站 \(范围:示例区\)[\s\S]*admin 管理员 administrator/)
    expect(run(asked, {}, 'a long password\n')).toMatchObject({
      code: 1,
      said: expect.stringContaining('已经有站点') as string,
    })
    const file = at('001.jufutong-station')
    expect(run(['add-replica', '--station', '001', '--file', file, '--label', '一号机']).code).toBe(0)
    expect(run(['list-replicas']).said).toMatch(/001 入网文件未用.*一号机/)
    expect(run(['add-replica', '--station', '001', '--file', file]).said).toContain('没有覆盖')
    expect(run(['add-replica', '--station', '002', '--file', at('x.jufutong-station')]).said).toContain(
      '没有站点002',
    )
    expect(run(['add-replica', '--station', '001', '--file', at('x.json')]).said).toContain(
      '.jufutong-station',
    )
    expect(run(['revoke-replica', '--replica', '0123456789']).said).toContain('没有编号')
  })

  test('refused, leaves nothing half made', () => {
    const short = run(['init', '--station', '001', '--name', '站', '--password', 'short'])
    expect(short.said).toContain('密码太短')
    const wrong = run(['init', '--station', '001', '--name', '站', '--password', 'long enough', '--ip', 'x'])
    expect(wrong.said).toContain('不是IP地址')
    expect(run(['list']).said.trim()).toBe('')
    expect(run(['init', '--station', '001', '--name', '站', '--password', 'long enough']).code).toBe(0)
  })
})

describe('the server', () => {
  test('listens beyond this machine with certificates, or where plain was allowed, which it says; else not', async () => {
    const everywhere = { JUFUTONG_SERVER_HOST: '0.0.0.0' }
    const refused = await start(everywhere)
    expect(refused.code).toBe(1)
    expect(refused.said).toContain('没有启动:要在 0.0.0.0 上监听,却没有证书')
    const plain = await start({ ...everywhere, JUFUTONG_SERVER_PLAIN: 'allowed' })
    expect(plain.said).toContain('the line is NOT encrypted')
    expect(plain.said).toContain('"isEnrolmentRequired":true')
    run(['init-tls', '--ip', '127.0.0.1'])
    const safe = await start(everywhere)
    expect(safe.said).toContain('https://')
    expect(safe.said).toContain('"isEnrolmentRequired":true')
    expect(safe.said).not.toContain('NOT encrypted')
    const here = await start({})
    expect(here.said).toContain('"isEnrolmentRequired":false')
    expect((await start({ JUFUTONG_SERVER_ENROLMENT: 'required' })).said).toContain(
      '"isEnrolmentRequired":true',
    )
    expect((await start({ JUFUTONG_SERVER_ENROLMENT: 'yes' })).said).toContain(
      'JUFUTONG_SERVER_ENROLMENT「yes」不对',
    )
  }, 60_000)

  test('does not start with files that are missing, open to others, or of two servers', async () => {
    run(['init-tls', '--ip', '127.0.0.1'])
    chmodSync(at('tls', 'server-key.pem'), 0o644)
    expect((await start({})).said).toContain('别人也能读取')
    chmodSync(at('tls', 'server-key.pem'), 0o600)
    run(['init-tls', '--ip', '127.0.0.1'], { JUFUTONG_SERVER_TLS_FOLDER: at('other', 'tls') })
    const whole = readFileSync(at('tls', 'server-key.pem'), 'utf8')
    writeFileSync(at('tls', 'server-key.pem'), readFileSync(at('other', 'tls', 'server-key.pem')))
    expect((await start({})).said).toContain('不是一套')
    writeFileSync(at('tls', 'server-key.pem'), whole)
    rmSync(at('tls', 'authority.pem'))
    expect(await start({})).toMatchObject({
      code: 1,
      said: expect.stringContaining('TLS 文件不全') as string,
    })
  }, 60_000)
})
