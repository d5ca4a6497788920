import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

// `npm run server`: the reference server. It reads JUFUTONG_SERVER_HOST, _PORT and _DATABASE itself.
await import(pathToFileURL(join(import.meta.dirname, '..', 'src-server', 'server.ts')).href)
