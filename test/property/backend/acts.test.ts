import fc from 'fast-check'
import { v7 as makeUuid } from 'uuid'
import { expect, it } from 'vitest'
import { RequestRefusal } from '../../../src-main/backend/services/request-failure.ts'
import {
  coordinatorValues,
  dwellingValues,
  employerValues,
  inventNumber,
  makeBackend,
  residentValues,
  saveTown,
} from '../../support/backend-fixture.ts'
import { findDisagreements } from '../../support/store-agreement.ts'

/** The registers whose records refer to little; the others have tests of their own. */
type Acted = 'resident' | 'dwelling' | 'employer' | 'coordinator'

/** One act of a clerk; numbers choose among the records there are. */
const act = fc.oneof(
  fc.record({
    kind: fc.constant('create' as const),
    register: fc.constantFrom<Acted>('resident', 'dwelling', 'employer', 'coordinator'),
    number: fc.nat(300),
  }),
  fc.record({
    kind: fc.constant('change' as const),
    record: fc.nat(50),
    remarks: fc.constantFrom('甲', '乙', '', "'; --", '𠮷'),
    name: fc.constantFrom('张伟', '单雪', '重庆', '欧阳文'),
    isStale: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('repeat' as const) }),
  fc.record({ kind: fc.constant('cancel' as const), record: fc.nat(50), successor: fc.nat(50) }),
  fc.record({ kind: fc.constant('restore' as const), record: fc.nat(50) }),
  fc.record({ kind: fc.constant('undo' as const), record: fc.nat(50) }),
  fc.record({ kind: fc.constant('letting' as const), record: fc.nat(50) }),
  fc.record({ kind: fc.constant('assign' as const), record: fc.nat(50), coordinator: fc.nat(50) }),
)

it('whatever acts follow each other, records, history, ops, audit, counts and name keys agree', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 40 }), async (acts) => {
      const { backend, remove } = await makeBackend()
      try {
        const town = await saveTown(backend)
        const records: { register: Acted; id: string }[] = [
          { register: 'coordinator', id: town.coordinatorId },
          { register: 'dwelling', id: town.dwellingId },
          { register: 'employer', id: town.employerId },
          { register: 'resident', id: town.residentId },
        ]
        const pick = (number: number) =>
          records[number % records.length] ?? { register: 'resident' as const, id: '' }
        let last: (() => Promise<unknown>) | undefined
        for (const each of acts) {
          const request = requestOf(each)
          if (each.kind !== 'repeat') last = request
          // A refusal must leave everything as it was; what must agree is compared at the end.
          await request?.().catch((error: unknown) => {
            if (!(error instanceof RequestRefusal)) throw error
          })
        }
        expect(findDisagreements(backend.context.store.read)).toEqual([])

        function requestOf(each: (typeof acts)[number]): (() => Promise<unknown>) | undefined {
          switch (each.kind) {
            case 'repeat':
              return last
            case 'create': {
              const id = makeUuid()
              records.push({ register: each.register, id })
              const values = {
                resident: residentValues(
                  { dwellingId: town.dwellingId, collectorId: town.coordinatorId },
                  { documentNumber: inventNumber(each.number) },
                ),
                dwelling: dwellingValues({ roomNumber: String(each.number) }),
                employer: employerValues({ name: `单位${each.number}` }),
                coordinator: coordinatorValues({ citizenIdNumber: inventNumber(each.number, '1980-02-03') }),
              }[each.register]
              return () => backend.call(`${each.register}.save`, { id, revision: 0, values, draftId: null })
            }
            case 'change': {
              const { register, id } = pick(each.record)
              return async () => {
                const record = await backend.call('record.get', { register, id, purpose: 'modify' })
                const nameField = register === 'dwelling' ? 'ownerName' : 'name'
                await backend.call(`${register}.save`, {
                  id,
                  revision: each.isStale ? record.revision - 1 : record.revision,
                  values: { ...record.values, remarks: each.remarks, [nameField]: each.name },
                  draftId: null,
                })
              }
            }
            case 'cancel': {
              const { register, id } = pick(each.record)
              const cancellation = { reasonCode: '10', cancelDate: '2026-03-10' }
              if (register !== 'coordinator')
                return () => backend.call(`${register}.cancel`, { ids: [id], cancellation })
              const successorId = pick(each.successor).id
              return () => backend.call('coordinator.cancel', { ids: [id], cancellation, successorId })
            }
            case 'restore': {
              const { register, id } = pick(each.record)
              return () => backend.call(`${register}.restore`, { ids: [id], reason: '10' })
            }
            case 'undo':
              return () => backend.call('record.undoSave', pick(each.record))
            case 'letting':
              return () =>
                backend.call('dwelling.restoreLetting', { ids: [pick(each.record).id], reason: '30' })
            case 'assign':
              return () =>
                backend.call('dwelling.assignCoordinator', {
                  ids: [pick(each.record).id, town.employerId],
                  coordinatorId: pick(each.coordinator).id,
                })
          }
        }
      } finally {
        await remove()
      }
    }),
    { numRuns: 40 },
  )
})
