import { afterAll, describe } from 'vitest'
import { startPostgres } from '../../support/postgres.ts'
import { standOnPostgres } from '../sync/sync-world.ts'

const postgres = await startPostgres()
standOnPostgres(postgres)
afterAll(() => postgres.remove())

// The same tests as over the embedded SQLite.
describe('on PostgreSQL: server', async () => {
  await import('../server/server.test.ts')
})
describe('on PostgreSQL: kinds of ops', async () => {
  await import('../server/kinds.test.ts')
})
describe('on PostgreSQL: conflicts', async () => {
  await import('../server/conflicts.test.ts')
})
describe('on PostgreSQL: duplicates and merges', async () => {
  await import('../server/duplicates-and-merges.test.ts')
})
describe('on PostgreSQL: checks', async () => {
  await import('../server/checks.test.ts')
})
describe('on PostgreSQL: epochs', async () => {
  await import('../server/epochs.test.ts')
})
describe('on PostgreSQL: own echoes', async () => {
  await import('../server/own-echoes.test.ts')
})
