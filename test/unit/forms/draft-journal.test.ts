import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Draft } from '../../../src-shared/contract/types.ts'
import { createDraftJournal } from '../../../src-renderer/forms/draft-journal.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function setUp() {
  const written: (readonly string[] | 'whole')[] = []
  const problems: unknown[] = []
  let failing = false
  const journal = createDraftJournal({
    build: (fields) => ({ inputs: fields }) as unknown as Draft,
    write: (draft) => {
      if (failing) return Promise.reject(new Error('disk full'))
      const fields = draft.inputs as unknown as ReadonlySet<string> | null
      written.push(fields === null ? 'whole' : [...fields])
      return Promise.resolve(null)
    },
    onProblem: (error) => problems.push(error),
  })
  return { journal, written, problems, fail: (isFailing: boolean) => (failing = isFailing) }
}

describe('a draft journal', () => {
  it('writes the whole form first, then only what changed, within a tenth of a second', async () => {
    const { journal, written } = setUp()
    journal.touch('name')
    journal.touch('birthDate')
    await vi.advanceTimersByTimeAsync(100)
    expect(written).toEqual(['whole'])
    journal.touch('name')
    journal.touch('name')
    journal.touch('telephone')
    await vi.advanceTimersByTimeAsync(100)
    expect(written).toEqual(['whole', ['name', 'telephone']])
  })

  it('makes no draft of a form in which only the caret moved', async () => {
    const { journal, written } = setUp()
    journal.touchPlace()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(written).toEqual([])
    journal.touch('name')
    await vi.advanceTimersByTimeAsync(100)
    journal.touchPlace()
    await vi.advanceTimersByTimeAsync(100)
    expect(written).toEqual(['whole', []])
  })

  it('writes nothing to a draft that ended, and begins the next form whole', async () => {
    const { journal, written } = setUp()
    journal.touch('name')
    journal.end()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(written).toEqual([])
    journal.touch('name')
    journal.flush()
    expect(written).toEqual(['whole'])
  })

  it('tries a refused write again with what changed since, and says so', async () => {
    const { journal, written, problems, fail } = setUp()
    journal.touch('name')
    await vi.advanceTimersByTimeAsync(100)
    fail(true)
    journal.touch('birthDate')
    await vi.advanceTimersByTimeAsync(100)
    expect(problems).toEqual([new Error('disk full')])
    fail(false)
    journal.touch('telephone')
    await vi.advanceTimersByTimeAsync(2_000)
    expect(written).toEqual(['whole', ['birthDate', 'telephone']])
    expect(problems.at(-1)).toBeNull()
  })

  it('goes on with a draft that came back without writing it whole again', async () => {
    const { journal, written } = setUp()
    journal.resume()
    journal.touch('name')
    await vi.advanceTimersByTimeAsync(100)
    expect(written).toEqual([['name']])
  })
})
