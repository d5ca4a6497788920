// A process of its own for tests of stores: `open` or `fill` a data folder, and print one line of JSON about it.
import { join } from 'node:path'
import { openStore } from '../../src-main/backend/database/open-store.ts'
import { StoreFailure, toStoreFailure } from '../../src-main/backend/database/store-failure.ts'

const [, , act, dataFolder] = process.argv
const noKeyStore = { wrap: () => Promise.resolve(null), unwrap: () => Promise.resolve(null) }

function tell(failure: unknown, saved: number): void {
  const { kind, title } = failure instanceof StoreFailure ? failure : toStoreFailure(failure, 'test')
  console.log(JSON.stringify({ kind, title, saved }))
}

let saved = 0
try {
  const store = await openStore({
    dataFolder: dataFolder ?? '',
    migrationsFolder: join(import.meta.dirname, '..', '..', 'migrations', 'client'),
    keyStore: noKeyStore,
    lockWait: 0,
  })
  if (act === 'fill') {
    for (;;) {
      await store.write((database) =>
        database.runOf(
          'INSERT INTO setting (name, value) VALUES (?, ?)',
          `fill-${saved}`,
          'x'.repeat(20_000),
        ),
      )
      saved += 1
    }
  }
  await store.close()
  console.log(JSON.stringify({ kind: 'none', saved }))
} catch (error) {
  tell(error, saved)
}
