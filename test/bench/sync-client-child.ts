// A process of its own: the real backend over an encrypted store, signed in at a server.
import { createBackend } from '../../src-main/backend/create-backend.ts'
import { findRecord } from '../../src-main/backend/queries/record-row.ts'
import { writeEdit } from '../../src-main/backend/services/write-edit.ts'
import { getRegister } from '../../src-shared/registers/registers.ts'
import { answerActs } from './sync-acts.ts'
import { benchEdit, benchRecord } from './bench-records.ts'
import { noKeyStore, ROOT } from './bench-store.ts'

const [, , folder = '', stationFile = '', accountName = '', password = ''] = process.argv
const CHUNK = 500

/** When (performance.now) the first commit left no unconfirmed change after the act began. */
let confirmedAt: number | undefined

const backend = await createBackend({
  dataFolder: folder,
  resourcesFolder: ROOT,
  version: 'bench',
  keyStore: noKeyStore,
  emit: () => undefined,
  worksInBackground: false,
  workers: {
    query: new URL('../../src-main/backend/queries/query-worker.ts', import.meta.url),
    lookup: new URL('../../src-main/backend/lookup/lookup-worker.ts', import.meta.url),
  },
})
backend.context.store.onCommit(() => {
  if (confirmedAt !== undefined) return
  const waiting = backend.context.store.read.firstOf("SELECT 1 FROM outbox WHERE state = 'pending' LIMIT 1")
  if (waiting === undefined) confirmedAt = performance.now()
})
const { settings } = await backend.call('app.state', {})
if (!settings.server.isEnabled) {
  // Makes the machine's key and sets address and certificate.
  const enrolled = await backend.call('enrolment.apply', { path: stationFile })
  await backend.call('settings.save', {
    settings: { ...enrolled, isFirstRunDone: true, syncPeriodMinutes: 0 },
  })
}
if (backend.sync.account() === null) {
  await backend.call('account.signIn', { accountName, password })
  // Signing in begins a round; it is not measured.
  await backend.call('sync.run', {})
}
await backend.warmUp()

async function write(
  from: number,
  count: number,
  fieldsOf: (index: number) => ReturnType<typeof benchEdit>,
): Promise<void> {
  const account = backend.sync.account()
  for (let start = from; start < from + count; start += CHUNK) {
    await backend.context.store.write((database) => {
      for (let index = start; index < Math.min(start + CHUNK, from + count); index += 1) {
        const { register, id } = benchRecord(index)
        const current = findRecord(database, register, id)
        writeEdit(
          database,
          {
            accountName: account?.accountName ?? '',
            stationCode: account?.stationCode ?? '',
            at: Date.now(),
          },
          {
            register: getRegister(register),
            recordId: id,
            current,
            kind: 'set',
            act: current === undefined ? 'created' : 'changed',
            fields: fieldsOf(index),
            cancellation: null,
            reason: '',
          },
        )
      }
    })
  }
}

async function runRound(): Promise<{ readonly confirmedAfter: number }> {
  const startedAt = performance.now()
  confirmedAt = undefined
  const status = await backend.call('sync.run', {})
  if (status.lastError !== null) throw new Error(status.lastError)
  if (status.pendingCount + status.setAsideCount > 0)
    throw new Error(`${status.pendingCount} changes wait, ${status.setAsideCount} are set aside`)
  return { confirmedAfter: (confirmedAt ?? performance.now()) - startedAt }
}

answerActs({
  perform: async (act) => {
    switch (act.name) {
      case 'fill':
        return write(act.from, act.count, (index) => {
          const { register, values } = benchRecord(index)
          // A save writes every field of a new record, the empty ones as well.
          return Object.fromEntries(
            Object.keys(getRegister(register).fields).map((name) => [name, values[name] ?? null]),
          )
        })
      case 'edit':
        return write(act.from, act.count, (index) => benchEdit(index, act.edit))
      case 'push':
      case 'pull':
      case 'round':
        return runRound()
    }
  },
  count: async () => {
    const { counts } = await backend.call('app.state', {})
    return Object.values(counts).reduce((sum, each) => sum + each, 0)
  },
  end: () => backend.stop(),
})
