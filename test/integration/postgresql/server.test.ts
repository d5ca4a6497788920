import { afterAll, describe } from 'vitest'
import { startPostgres } from '../../support/postgres.ts'
import { usePostgres } from '../sync/sync-world.ts'

const postgres = await startPostgres()
usePostgres(postgres)
afterAll(() => postgres.remove())

// The same tests as over the embedded SQLite.
describe('on PostgreSQL: server', () => import('../server/server.test.ts').then(() => undefined))
