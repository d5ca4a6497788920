// A process of its own: express-pouchdb on leveldb in the folder it is told. Says its port.
import { join } from 'node:path'
import { createPouchApp, PouchDB } from './pouchdb.ts'

const folder = process.argv[2] ?? ''
const app = createPouchApp(PouchDB.defaults({ prefix: `${folder}/` }), join(folder, 'log.txt'))
const server = app.listen(0, '127.0.0.1', () => {
  process.send?.({ port: server.address().port })
})
process.once('disconnect', () => process.exit(0))
