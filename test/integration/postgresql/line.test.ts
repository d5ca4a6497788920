import { afterAll, describe } from 'vitest'
import { startPostgres } from '../../support/postgres.ts'
import { standOnPostgres } from '../sync/sync-world.ts'

const postgres = await startPostgres()
standOnPostgres(postgres)
afterAll(() => postgres.remove())

// The same tests as over the embedded SQLite.
describe('on PostgreSQL: enrolment', async () => {
  await import('../line/enrolment.test.ts')
})
describe('on PostgreSQL: proofs', async () => {
  await import('../line/proofs.test.ts')
})
describe('on PostgreSQL: access', async () => {
  await import('../line/access.test.ts')
})
