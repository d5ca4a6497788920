import { runTool } from './bootstrap/bootstrap.mjs'

await runTool('build-client.ts')
