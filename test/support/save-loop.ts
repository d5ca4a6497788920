// A backend process that saves residents and writes a draft in a loop and prints each only after it was answered, until killed.
import { v7 as makeUuid } from 'uuid'
import { makeBackend, residentValues, inventNumber } from './backend-fixture.ts'

const [, , dataFolder, dwellingId = '', collectorId = '', first = '0', batchId = ''] = process.argv
const { backend } = await makeBackend({ dataFolder: dataFolder ?? '' })
const draftId = makeUuid()
const child = {
  name: '张小宝',
  sexCode: '1',
  birthDate: '2022-04-05',
  kinshipCode: '20',
  schoolingCode: '10',
}
for (let index = Number(first); ; index += 1) {
  const id = makeUuid()
  const day = `19${String(60 + (index % 40))}-0${1 + (index % 9)}-1${index % 10}`
  const values = residentValues(
    { dwellingId, collectorId },
    {
      documentNumber: inventNumber(index % 400, day),
      birthDate: day,
      remarks: `第${index}张`,
      accompanyingMinors: [child],
    },
  )
  const saved = await backend.call('resident.save', {
    id,
    revision: 0,
    values,
    draftId: null,
    batchId: batchId === '' ? null : batchId,
  })
  process.stdout.write(`saved ${id} ${saved.record.values['remarks']}\n`)
  await backend.call('draft.write', {
    draft: {
      id: draftId,
      register: 'resident',
      recordId: null,
      revision: 0,
      inputs: { name: { text: `张${index}`, value: null } },
      focusedField: 'name',
      caret: 2,
      pinnedFields: ['dwellingId'],
      batchCount: index,
      openedFrom: null,
      updatedAt: index,
    },
  })
  process.stdout.write(`draft ${index}\n`)
}
