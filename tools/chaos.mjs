import { runTool } from './bootstrap/bootstrap.mjs'

await runTool('run-chaos.ts')
