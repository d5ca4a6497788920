// Loaded before a program by `node --import`: the process ends as by kill -9 at a point named by JUFUTONG_KILL_AT, which is the
// JSON of a KillPoint. The program itself knows nothing of it.
import Database from 'better-sqlite3'
import type { KillPoint } from './start-child.ts'

const text = process.env['JUFUTONG_KILL_AT']
if (text !== undefined) {
  const point = JSON.parse(text) as KillPoint
  const pattern = new RegExp(point.sql, 'i')
  let left = point.nth
  const pass = (sql: string, when: 'before' | 'after'): void => {
    if (when !== point.when || !pattern.test(sql)) return
    left -= 1
    if (left > 0) return
    process.kill(process.pid, 'SIGKILL')
    // The signal comes when the kernel says so: nothing more is done until then.
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000)
  }
  const exec = Reflect.get(Database.prototype, 'exec') as (
    this: Database.Database,
    sql: string,
  ) => Database.Database
  const prepare = Reflect.get(Database.prototype, 'prepare') as (
    this: Database.Database,
    sql: string,
  ) => Database.Statement
  Database.prototype.exec = function (this: Database.Database, sql: string) {
    pass(sql, 'before')
    const result = exec.call(this, sql)
    pass(sql, 'after')
    return result
  }
  Database.prototype.prepare = function (this: Database.Database, sql: string) {
    const statement = prepare.call(this, sql)
    if (!pattern.test(sql)) return statement
    for (const name of ['run', 'get', 'all'] as const) {
      const act = statement[name].bind(statement) as (...values: unknown[]) => unknown
      Object.defineProperty(statement, name, {
        value: (...values: unknown[]) => {
          pass(sql, 'before')
          const result = act(...values)
          pass(sql, 'after')
          return result
        },
      })
    }
    return statement
  } as typeof Database.prototype.prepare
}
