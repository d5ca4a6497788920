import { join } from 'node:path'
import { buildClient } from './build/build.ts'

// `npm run build`: what `npm start` and `npm test` do by themselves.
await buildClient(join(import.meta.dirname, '..'))
