// A process of its own: a PouchDB on leveldb that replicates with a server.
import { answerActs } from '../sync-acts.ts'
import { benchEdit, benchRecord } from '../bench-records.ts'
import { PouchDB, putAll, type ReplicateOptions } from './pouchdb.ts'

const [, , folder = '', url = '', batchSize = '100'] = process.argv
const database = new PouchDB(folder)
const options: ReplicateOptions = { batch_size: Number(batchSize), batches_limit: 10 }
const CHUNK = 500

answerActs({
  perform: async (act) => {
    switch (act.name) {
      case 'fill':
        for (let index = act.from; index < act.from + act.count; index += CHUNK) {
          const length = Math.min(CHUNK, act.from + act.count - index)
          await putAll(
            database,
            Array.from({ length }, (_, each) => {
              const { id, register, values } = benchRecord(index + each)
              return { _id: id, register, ...values }
            }),
          )
        }
        return
      case 'edit': {
        const changed = []
        for (let index = act.from; index < act.from + act.count; index += 1)
          changed.push({ ...(await database.get(benchRecord(index).id)), ...benchEdit(index, act.edit) })
        await putAll(database, changed)
        return
      }
      case 'push':
        await database.replicate.to(url, options)
        return
      case 'pull':
        await database.replicate.from(url, options)
        return
      case 'round':
        await database.sync(url, options)
    }
  },
  count: async () => (await database.info()).doc_count,
  end: () => database.close(),
})
