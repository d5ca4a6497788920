import { afterAll, describe } from 'vitest'
import { startPostgres } from '../../support/postgres.ts'
import { usePostgres } from '../sync/sync-world.ts'

const postgres = await startPostgres()
usePostgres(postgres)
afterAll(() => postgres.remove())

// The same tests as over the embedded SQLite.
describe('on PostgreSQL: two clients', () => import('../sync/two-clients.test.ts').then(() => undefined))
describe('on PostgreSQL: repairs', () => import('../sync/repairs.test.ts').then(() => undefined))
