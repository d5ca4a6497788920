import { expect, test } from 'vitest'
import { pageSize } from '../../../../src-renderer/tables/page-cache.ts'
import { createPagedRows, type RowPage } from '../../../../src-renderer/tables/paged-rows.ts'

type Answer = RowPage<string> & { readonly name: string }

/** A list whose answers come when the test says so. */
function makeList() {
  const open: { offset: number; answer: (total: number, prefix: string) => void; refuse: () => void }[] = []
  const rows = createPagedRows<string, Answer>((error) => String(error))
  const ask = (offset: number, limit: number): Promise<Answer> =>
    new Promise((resolve, reject) => {
      open.push({
        offset,
        answer: (total, prefix) =>
          resolve({
            name: prefix,
            total,
            rows: Array.from(
              { length: Math.max(Math.min(limit, total - offset), 0) },
              (_, index) => `${prefix}${offset + index}`,
            ),
          }),
        refuse: () => reject(new Error('没有应答')),
      })
    })
  return { rows, ask, open }
}
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
}

test('pages are fetched as they are looked at, each once', async () => {
  const { rows, ask, open } = makeList()
  rows.begin(ask)
  open[0]?.answer(200, 'a')
  await settle()
  expect(rows.read().answer?.total).toBe(200)
  expect(rows.row(0)).toBe('a0')
  rows.want(pageSize - 1, pageSize + 10)
  rows.want(pageSize - 1, pageSize + 11)
  expect(open.map(({ offset }) => offset)).toEqual([0, pageSize])
  open[1]?.answer(200, 'a')
  await settle()
  expect(rows.row(pageSize)).toBe(`a${pageSize}`)
})

test('read anew, the old rows stay until the new ones are there; further wishes become one', async () => {
  const { rows, ask, open } = makeList()
  rows.begin(ask)
  open[0]?.answer(10, 'old')
  await settle()
  rows.reload()
  rows.reload()
  rows.reload()
  expect(open).toHaveLength(2)
  expect(rows.row(3)).toBe('old3')
  open[1]?.answer(9, 'new')
  await settle()
  expect(rows.row(3)).toBe('new3')
  expect(rows.read().answer?.total).toBe(9)
  expect(open).toHaveLength(3)
  open[2]?.answer(8, 'newest')
  await settle()
  expect(rows.row(3)).toBe('newest3')
  expect(open).toHaveLength(3)
})

test('an answer to a list that was left is dropped', async () => {
  const { rows, ask, open } = makeList()
  rows.begin(ask)
  rows.begin(ask)
  open[1]?.answer(2, 'second')
  await settle()
  open[0]?.answer(5, 'first')
  await settle()
  expect(rows.read().answer?.name).toBe('second')
})

test('a refusal is said, keeps the rows, and does not ask again by itself', async () => {
  const { rows, ask, open } = makeList()
  rows.begin(ask)
  open[0]?.answer(200, 'a')
  await settle()
  rows.want(pageSize, pageSize + 1)
  open[1]?.refuse()
  await settle()
  expect(rows.read().problem).toBe('Error: 没有应答')
  expect(rows.row(0)).toBe('a0')
  expect(open).toHaveLength(2)
  rows.reload()
  open[2]?.answer(200, 'b')
  await settle()
  expect(rows.read().problem).toBeUndefined()
})
