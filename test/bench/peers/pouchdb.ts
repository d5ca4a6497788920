import { createRequire } from 'node:module'

/** What the benchmark uses of PouchDB 9; its packages are installed here only, without types. */
export type PouchDatabase = {
  readonly get: (id: string) => Promise<object>
  readonly info: () => Promise<{ readonly doc_count: number }>
  readonly replicate: {
    readonly to: (url: string, options: ReplicateOptions) => Promise<unknown>
    readonly from: (url: string, options: ReplicateOptions) => Promise<unknown>
  }
  readonly sync: (url: string, options: ReplicateOptions) => Promise<unknown>
  readonly close: () => Promise<void>
}
export type ReplicateOptions = { readonly batch_size: number; readonly batches_limit: number }
export type PouchClass = {
  new (name: string): PouchDatabase
  readonly defaults: (options: { readonly prefix: string }) => PouchClass
}
type Middleware = (...parameters: readonly unknown[]) => void
export type ExpressApp = {
  readonly use: (path: string, middleware: Middleware) => void
  readonly listen: (port: number, host: string, ready: () => void) => { address: () => { port: number } }
}

const require = createRequire(import.meta.url)

export const PouchDB = require('pouchdb') as PouchClass

/** Stores many documents at once. */
export function putAll(database: PouchDatabase, documents: readonly object[]): Promise<unknown> {
  type Put = (documents: readonly object[]) => Promise<unknown>
  return (database as unknown as Record<'bulkDocs', Put>)['bulkDocs'](documents)
}

/** PouchDB's own server as its README shows it: inside an outer app of express 4. */
export function createPouchApp(Class: PouchClass, logFile: string): ExpressApp {
  const express = require('express') as () => ExpressApp
  const expressPouchdb = require('express-pouchdb') as (
    Class: PouchClass,
    options: { mode: string; inMemoryConfig: boolean; logPath: string },
  ) => Middleware
  const app = express()
  // Only what replication needs: the fastest it offers.
  app.use('/', expressPouchdb(Class, { mode: 'minimumForPouchDB', inMemoryConfig: true, logPath: logFile }))
  return app
}
