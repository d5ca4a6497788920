import { afterAll, describe } from 'vitest'
import { startPostgres } from '../../support/postgres.ts'
import { standOnPostgres } from '../sync/sync-world.ts'

const postgres = await startPostgres()
standOnPostgres(postgres)
afterAll(() => postgres.remove())

// The same tests as over the embedded SQLite.
describe('on PostgreSQL: two clients', async () => {
  await import('../sync/two-clients.test.ts')
})
describe('on PostgreSQL: repairs', async () => {
  await import('../sync/repairs.test.ts')
})
