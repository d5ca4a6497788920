import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { serverErrorCodes } from '../../../src-shared/contract/server-messages.ts'
import { OP_KINDS } from '../../../src-shared/sync/op.ts'
import { listSchemaPaths, MESSAGES, PARTS } from './messages.ts'

/** The written protocol against the schemas: a field that only one of the two names stops here. */

const folder = join(import.meta.dirname, '..', '..', '..', 'docs')
const documents = ['sync-protocol.md', 'line-protocol.md'].map((name) =>
  readFileSync(join(folder, name), 'utf8'),
)
const text = documents.join('\n')

/** Rows of the tables of messages: path, what it asks, what it answers. */
const rows = documents.flatMap((document) =>
  [...document.matchAll(/^\| `(?:GET |POST )?(\/[^`]+)`\s*\|([^|]*)\|([^|]*)\|$/gm)].map(
    ([, path = '', asks = '', answers = '']) => ({ path, asks, answers }),
  ),
)

const wordsOf = (part: string): ReadonlySet<string> => new Set(part.match(/@?[A-Za-z]\w*/g))

describe('docs/sync-protocol.md and docs/line-protocol.md', () => {
  test.each(Object.entries(MESSAGES).filter(([name]) => / \/(sync|account)\//.test(name)))(
    'name every field of %s in its row',
    (name, { request, answer }) => {
      const path = name.split(' ')[1] ?? ''
      // Bytes go by headers; what they are stands in the text.
      const found = rows.filter((row) => row.path === path)
      expect(found.map((row) => row.path)).toContain(path)
      for (const [schema, side] of [
        [request, 'asks'],
        [answer, 'answers'],
      ] as const) {
        if (!schema) continue
        const named = wordsOf(found.map((row) => row[side]).join(' '))
        const fields = listSchemaPaths(schema).filter((each) => !/[.[]/.test(each))
        expect({ side, missing: fields.filter((field) => !named.has(field)) }).toEqual({ side, missing: [] })
      }
    },
  )

  test('name every field within the messages', () => {
    const named = wordsOf(text)
    const messages = Object.entries(MESSAGES).map(([name, each]) => [name, Object.values(each)] as const)
    const parts = Object.entries(PARTS).map(([name, each]) => [name, [each]] as const)
    for (const [name, schemas] of [...messages, ...parts]) {
      const fields = schemas
        .flatMap((schema) => (schema ? listSchemaPaths(schema) : []))
        .map((path) => path.split(/[.[\]]+/).findLast((part) => part !== '') ?? '')
      expect([name, fields.filter((field) => !named.has(field))]).toEqual([name, []])
    }
  })

  test('name every kind of op and every refusal', () => {
    const quoted = new Set([...text.matchAll(/`([A-Za-z]+)(?: \{\w+\})?`/g)].map(([, word]) => word))
    expect([...OP_KINDS, ...serverErrorCodes].filter((word) => !quoted.has(word))).toEqual([])
  })
})
