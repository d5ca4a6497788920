import { runTool } from './bootstrap/bootstrap.mjs'

await runTool('start-server.ts')
