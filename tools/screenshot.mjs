import { runTool } from './bootstrap/bootstrap.mjs'

await runTool('screenshot.ts')
