import { afterAll, describe } from 'vitest'
import { startPostgres } from '../../support/postgres.ts'
import { standOnPostgres } from '../sync/sync-world.ts'

const postgres = await startPostgres()
standOnPostgres(postgres)
afterAll(() => postgres.remove())

// The same tests as over the embedded SQLite.
describe('on PostgreSQL: photos at the server', async () => {
  await import('../blobs/server.test.ts')
})
describe('on PostgreSQL: photos of two stations', async () => {
  await import('../blobs/photos.test.ts')
})
