import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  firstMachineState,
  SAME_CARD_MS,
  stepMachine,
  type MachineAct,
} from '../../../src-main/backend/readers/reader-machine.ts'
import { makeCard } from '../../../tools/reader-simulator/simulated-card.ts'
import { getPerson } from '../../../tools/reader-simulator/simulated-people.ts'
import type { Response } from '../../../src-main/backend/readers/response.ts'
import type { CommandName } from '../../../src-main/backend/readers/commands.ts'

/** A reader without a wire: what a command is answered while a card lies there, by habit. */
function playReader(habit: 'quiet' | 'repeating', knowsAddresses: boolean) {
  let card: number | null = null
  let isFound = false
  let isSelected = false
  let wasRead = false
  const only = (status: number): Response => ({ status, data: new Uint8Array() })
  return {
    put: (next: number | null) => {
      card = next
      isFound = isSelected = wasRead = false
    },
    answer: (command: CommandName): Response => {
      if (command === 'find') {
        isSelected = false
        isFound = card !== null && !(wasRead && habit === 'quiet')
        return only(isFound ? 0x9f : 0x80)
      }
      if (command === 'select') {
        isSelected = isFound
        return only(isSelected ? 0x90 : 0x81)
      }
      if (command === 'readAddress') {
        if (!knowsAddresses) return only(0x21)
        return only(card !== null && isSelected ? 0x91 : 0x41)
      }
      if (card === null || !isSelected) return only(0x41)
      wasRead = true
      const { text, photo } = makeCard(getPerson(card))
      return { status: 0x90, data: Uint8Array.of(1, 0, 4, 0, ...text, ...photo) }
    },
  }
}

/** One act of a clerk between polls. */
const act = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const), card: fc.nat({ max: 3 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('take' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('poll' as const), polls: fc.integer({ min: 1, max: 30 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('fail' as const),
      status: fc.constantFrom(0x10, 0x24, 0x41, 0x31),
    }),
  },
)

test('whatever a clerk does with cards: every one that lies long enough is told, none twice while it lies', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('quiet' as const, 'repeating' as const),
      fc.array(act, { maxLength: 40 }),
      (habit, acts) => {
        const reader = playReader(habit, true)
        let state = firstMachineState
        let at = 0
        let lying: number | null = null
        let failing: number | undefined
        /** Cards told since the present one was put on. */
        let told: number[] = []
        /** When each card was last lying there. */
        const lastSeen = new Map<number, number>()
        const numbers = new Map([0, 1, 2, 3].map((card) => [key(card), card]))

        const poll = (): void => {
          at += 200
          let step = stepMachine(state, { type: 'poll', at, isAutomatic: true })
          for (let turns = 0; ; turns += 1) {
            expect(turns).toBeLessThan(20)
            state = step.state
            for (const each of step.acts)
              if (each.do === 'tellCard') told.push(numbers.get(keyOf(each)) ?? -1)
            const sending = step.acts.find((each) => each.do === 'send')
            if (!sending) break
            const response =
              failing === undefined
                ? reader.answer(sending.command)
                : { status: failing, data: new Uint8Array() }
            failing = undefined
            step = stepMachine(state, { type: 'answer', at, command: sending.command, response })
          }
          if (lying !== null) lastSeen.set(lying, at)
        }
        for (const each of acts) {
          if (each.do === 'poll') {
            const polls = each.polls
            for (let turn = 0; turn < polls; turn += 1) poll()
          } else if (each.do === 'fail') failing = each.status
          else if (each.do === 'take') {
            reader.put(null)
            lying = null
            told = []
          } else {
            const seenAt = lastSeen.get(each.card)
            const isRecent = seenAt !== undefined && at - seenAt < SAME_CARD_MS * 2
            reader.put(each.card)
            lying = each.card
            told = []
            failing = undefined
            for (let turn = 0; turn < 4; turn += 1) poll()
            // Never another one, never twice; and told unless it was there a moment ago.
            expect(told.every((card) => card === each.card)).toBe(true)
            expect(told.length).toBeLessThanOrEqual(1)
            if (!isRecent) expect(told).toEqual([each.card])
          }
          expect(new Set(told).size).toBe(told.length)
        }
      },
    ),
    { numRuns: 300 },
  )
})

function key(card: number): string {
  return Buffer.from(makeCard(getPerson(card)).text).toString('base64')
}

function keyOf(told: Extract<MachineAct, { do: 'tellCard' }>): string {
  return Buffer.from(told.content.text).toString('base64')
}
