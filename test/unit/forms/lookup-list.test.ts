import { describe, expect, it } from 'vitest'
import type { LookupEntry, LookupPage } from '../../../src-shared/contract/types.ts'
import { createLookupList, LIST_ROWS, type Taken } from '../../../src-renderer/forms/lookup-list.ts'

type Question = {
  readonly query: string
  readonly offset: number
  readonly answer: (page: LookupPage) => void
  readonly fail: (error: unknown) => void
}

function entry(name: string): LookupEntry {
  return { code: `code of ${name}`, name, parentPath: '', ranges: [] }
}
function pageOf(names: readonly string[], total = names.length): LookupPage {
  return { entries: names.map(entry), total, isTotalExact: true }
}

function setUp() {
  const questions: Question[] = []
  const list = createLookupList({
    search: (query, offset) =>
      new Promise((resolve, reject) => {
        questions.push({ query, offset, answer: resolve, fail: reject })
      }),
    messageOf: (error) => `not asked: ${String(error)}`,
  })
  const ask = (query: string) => {
    const question = questions.findLast((each) => each.query === query)
    if (!question) throw new Error(`nobody asked for ${query}`)
    return question
  }
  return { list, questions, ask }
}
/** Lets the answers given so far arrive. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await Promise.resolve()
}
function names(list: ReturnType<typeof setUp>['list']): readonly (string | undefined)[] {
  return list.read().rows.map((row) => row?.name)
}

describe('a look-up list', () => {
  it('is open at once, before any answer', () => {
    const { list } = setUp()
    list.open('d')
    expect(list.read()).toMatchObject({ isOpen: true, isAnswered: false, height: LIST_ROWS, highlighted: -1 })
  })

  it('drops an answer that comes after a newer one', async () => {
    const { list, ask } = setUp()
    list.open('d')
    list.open('dx')
    ask('dx').answer(pageOf(['丹心酒楼']))
    await settle()
    ask('d').answer(pageOf(['大楼', '丹心酒楼']))
    await settle()
    expect(names(list)).toEqual(['丹心酒楼'])
    expect(list.read().isAnswered).toBe(true)
  })

  it('keeps the rows of the text before until the new answer is there', async () => {
    const { list, ask } = setUp()
    list.open('d')
    ask('d').answer(pageOf(['大楼', '丹心酒楼']))
    await settle()
    list.open('dx')
    expect(names(list)).toEqual(['大楼', '丹心酒楼'])
    expect(list.read().isAnswered).toBe(false)
  })

  it('takes the entry of the answer to the present text, never of an older one', async () => {
    const { list, ask } = setUp()
    const taken: Taken[] = []
    list.open('d')
    ask('d').answer(pageOf(['大楼']))
    await settle()
    list.open('dx')
    list.take((each) => taken.push(each))
    expect(taken).toEqual([])
    ask('dx').answer(pageOf(['丹心酒楼']))
    await settle()
    expect(taken).toEqual([{ kind: 'entry', entry: entry('丹心酒楼') }])
  })

  it('applies arrows pressed before the answer to the answer', async () => {
    const { list, ask } = setUp()
    const taken: Taken[] = []
    list.open('d')
    list.move('down')
    list.move('down')
    list.take((each) => taken.push(each))
    ask('d').answer(pageOf(['甲', '乙', '丙']))
    await settle()
    expect(taken).toEqual([{ kind: 'entry', entry: entry('丙') }])
  })

  it('says that nothing matches, and that the search failed', async () => {
    const { list, ask } = setUp()
    const taken: Taken[] = []
    list.open('q')
    list.take((each) => taken.push(each))
    ask('q').answer(pageOf([]))
    await settle()
    list.open('w')
    list.take((each) => taken.push(each))
    ask('w').fail('gone')
    await settle()
    expect(taken).toEqual([{ kind: 'nothing' }, { kind: 'failed', message: 'not asked: gone' }])
    expect(list.read().problem).toBe('not asked: gone')
  })

  it('gives the same order for the same keys while it is open, and asks anew after closing', async () => {
    const { list, ask, questions } = setUp()
    list.open('d')
    ask('d').answer(pageOf(['甲', '乙']))
    await settle()
    list.open('dx')
    list.open('d')
    expect(names(list)).toEqual(['甲', '乙'])
    expect(questions.filter(({ query }) => query === 'd')).toHaveLength(1)
    list.close()
    list.open('d')
    ask('d').answer(pageOf(['乙', '甲']))
    await settle()
    expect(names(list)).toEqual(['乙', '甲'])
  })

  it('drops the answer to a question of an earlier opening', async () => {
    const { list, ask } = setUp()
    list.open('d')
    const late = ask('d')
    list.close()
    list.open('x')
    late.answer(pageOf(['甲']))
    await settle()
    expect(names(list)).toEqual([])
  })

  it('is as high as a small table, and twelve rows over a big one, whatever the filter leaves', async () => {
    const { list, ask } = setUp()
    list.warmUp()
    ask('').answer(pageOf(['未知性别', '男', '女', '未说明']))
    await settle()
    list.open('n')
    expect(list.read().height).toBe(4)
    ask('n').answer(pageOf(['男', '女']))
    await settle()
    expect(list.read().height).toBe(4)
    list.close()
    list.open('n')
    expect(list.read().height).toBe(LIST_ROWS)
  })

  it('pages through a big table, asking for what comes on screen', async () => {
    const { list, questions } = setUp()
    const all = Array.from({ length: 350 }, (_, index) => `第${index}条`)
    const answerAll = async () => {
      for (let at = 0; at < questions.length; at += 1) {
        const { offset, answer } = questions[at] as Question
        answer(pageOf(all.slice(offset, offset + 100), all.length))
        await settle()
      }
    }
    list.open('')
    await answerAll()
    list.move('pageDown')
    expect(list.read()).toMatchObject({ highlighted: 12, top: 1 })
    list.move('pageUp')
    list.move('up')
    expect(list.read()).toMatchObject({ highlighted: 0, top: 0 })
    list.move('last')
    expect(list.read()).toMatchObject({ highlighted: 349, top: 338, total: 350 })
    await answerAll()
    expect(names(list)).toEqual(all.slice(338))
    const taken: Taken[] = []
    list.take((each) => taken.push(each))
    expect(taken).toEqual([{ kind: 'entry', entry: entry('第349条') }])
    list.move('first')
    expect(names(list)[0]).toBe('第0条')
  })

  it('waits for the highlighted row itself where its page has not come yet', async () => {
    const { list, questions } = setUp()
    const all = Array.from({ length: 250 }, (_, index) => `第${index}条`)
    list.open('')
    questions[0]?.answer(pageOf(all.slice(0, 100), all.length))
    await settle()
    list.move('last')
    const taken: Taken[] = []
    list.take((each) => taken.push(each))
    expect(taken).toEqual([])
    questions.at(-1)?.answer(pageOf(all.slice(200), all.length))
    await settle()
    expect(taken).toEqual([{ kind: 'entry', entry: entry('第249条') }])
  })
})
