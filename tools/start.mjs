import { runTool } from './bootstrap/bootstrap.mjs'

await runTool('start-client.ts')
