import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeFolder, RESOURCES } from '../../support/backend-fixture.ts'
import { startPostgres, type TestPostgres } from '../../support/postgres.ts'

/** Every command of `npm run server -- …` as an operator types it, one after the other, over each engine. */

let folder: ReturnType<typeof makeFolder>
let postgres: TestPostgres

beforeAll(async () => {
  folder = makeFolder()
  postgres = await startPostgres()
})
afterAll(async () => {
  await postgres.remove()
  folder.remove()
})

const engines = {
  SQLite: (name: string) => Promise.resolve(join(folder.path, name, 'server.db')),
  PostgreSQL: () => postgres.makeDatabase(),
}

test.each(['SQLite', 'PostgreSQL'] as const)(
  'init, init-tls, add-station, add-account, set-password, import-dictionary, list, check, backup, restore: %s',
  { timeout: 240_000 },
  async (engine) => {
    const at = (...parts: readonly string[]): string => join(folder.path, engine, ...parts)
    const server = {
      JUFUTONG_SERVER_DATABASE: await engines[engine](engine),
      JUFUTONG_SERVER_KEY_FILE: at('server.key'),
    }
    const run = (words: readonly string[], change: Readonly<Record<string, string>> = {}, input = '') => {
      const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('JUFUTONG_SERVER_'))
      const done = spawnSync(process.execPath, [join(RESOURCES, 'src-server', 'server.ts'), ...words], {
        env: { ...Object.fromEntries(inherited), ...server, ...change },
        encoding: 'utf8',
        input,
      })
      return { code: done.status, said: done.stdout + done.stderr }
    }
    const expectDone = (words: readonly string[], sentence: string, input = ''): void => {
      expect(run(words, {}, input)).toEqual({ code: 0, said: expect.stringContaining(sentence) as string })
    }
    const init = ['init', '--station', '001', '--name', '示例站', '--scope', '示例区', '--ip', '127.0.0.1']
    expectDone(init, '管理员账号 admin', 'a long password\n')
    expect(existsSync(at('tls', 'server.pem'))).toBe(true)
    expect(run(init, {}, 'a long password\n').said).toContain('已经有站点')
    expectDone(['init-tls', '--ip', '127.0.0.1,10.1.2.3'], '已更新服务器证书(127.0.0.1、10.1.2.3)')
    expectDone(['add-station', '--code', '002', '--name', '第二站'], '已增加站点 002 第二站')
    const account = ['add-account', '--name', 'clerk01', '--display', '操作员甲', '--station', '002']
    expectDone(account, '已增加账号 clerk01', 'a long password\n')
    expectDone(['set-password', '--name', 'clerk01'], '已重设账号 clerk01 的密码', 'another password\n')
    writeFileSync(at('street.csv'), 'code,name\n1,东风路\n2,西风路\n')
    const dictionary = ['import-dictionary', '--name', 'street', '--file', at('street.csv')]
    expectDone(dictionary, '第1版:新增2条,修改0条,停用0条')
    writeFileSync(at('street.csv'), 'code,name\n1,东风路\n3,南风路\n')
    expectDone(dictionary, '第2版:新增1条,修改0条,停用1条')
    const held = /001 示例站[\s\S]*admin[\s\S]*002 第二站[\s\S]*clerk01 操作员甲 clerk[\s\S]*street 第2版 3条/
    expect(run(['list']).said).toMatch(held)
    expectDone(['check'], '检查通过')
    expectDone(['backup', '--file', at('backup.db')], '检查通过')
    expect(run(['backup', '--file', at('backup.db')])).toMatchObject({ code: 1 })

    // Into an empty database of the same engine, as on a new machine.
    const empty = { JUFUTONG_SERVER_DATABASE: await engines[engine](`new ${engine}`) }
    const restored = run(['restore', '--file', at('backup.db')], empty)
    expect(restored).toEqual({ code: 0, said: expect.stringContaining('已恢复。检查通过') as string })
    expect(run(['list'], empty).said).toMatch(held)
    expect(run(['check'], empty)).toMatchObject({ code: 0 })
    // Nothing is laid over what is there: SQLite keeps the old file, PostgreSQL refuses.
    expect(run(['restore', '--file', at('backup.db')], empty).said).toMatch(/before-restore-|已有内容/)
  },
)
