import { afterAll, describe } from 'vitest'
import { startPostgres } from '../../support/postgres.ts'
import { standOnPostgres } from '../sync/sync-world.ts'

const postgres = await startPostgres()
standOnPostgres(postgres)
afterAll(() => postgres.remove())

// The same tests as over the embedded SQLite.
describe('on PostgreSQL: packages', async () => {
  await import('../packages/packages.test.ts')
})
