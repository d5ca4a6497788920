import { v7 as makeUuid } from 'uuid'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createEntrySession, type EntrySession } from '../../../src-renderer/pages/entry/entry-session.ts'
import { conditionOfCard, takesCards } from '../../../src-renderer/pages/query/card-query.ts'
import type { CardFields, CardReading, CardWarning } from '../../../src-shared/readers/card-reading.ts'
import { nameOnCard } from '../../../src-shared/readers/card-values.ts'
import { REGISTER_NAMES, type RegisterName } from '../../../src-shared/registers/register.ts'
import { getPerson } from '../../../tools/reader-simulator/simulated-people.ts'
import {
  inventNumber,
  makeBackend,
  residentValues,
  saveTown,
  type BackendFixture,
  type Town,
} from '../../support/backend-fixture.ts'
import { standInForPage } from '../../support/page-globals.ts'

/** Cards on forms over a real backend, without a window. */

const TODAY = '2026-03-16'
let fixture: BackendFixture
let town: Town
const opened: EntrySession[] = []

beforeAll(async () => {
  fixture = await makeBackend()
  town = await saveTown(fixture.backend)
  standInForPage(fixture.backend)
})
afterAll(async () => {
  for (const session of opened) session.close()
  await new Promise((resolve) => setTimeout(resolve, 200))
  vi.unstubAllGlobals()
  await fixture.remove()
})

let readings = 0
function putOn(card: CardFields, warnings: readonly CardWarning[] = []): CardReading {
  readings += 1
  return {
    ...card,
    id: `reading-${readings}`,
    readAt: 0,
    readerLabel: 'COM3',
    warnings,
    photo: { state: 'decoding' },
  }
}

async function openForm(
  options: Partial<Parameters<typeof createEntrySession>[0]> & { readonly register?: RegisterName } = {},
): Promise<EntrySession> {
  const session = createEntrySession({
    register: 'resident',
    draftId: makeUuid(),
    recordIds: [],
    today: TODAY,
    openedFrom: null,
    draft: null,
    idPrefix: 'form',
    onEnd: () => undefined,
    ...options,
  })
  opened.push(session)
  await session.start()
  return session
}

/** What is read beside the fields (labels, the registered) has been said. */
async function rest(session: EntrySession): Promise<void> {
  await session.cards.settled()
  await new Promise((resolve) => setTimeout(resolve, 30))
}

/** Everything a form needs beside what is on the card. */
function typeTheRest(session: EntrySession): void {
  const whole = residentValues({ dwellingId: town.dwellingId, collectorId: town.coordinatorId })
  for (const { field } of session.store.check())
    session.store.setInput(field, { text: String(whole[field]), value: whole[field] ?? null }, 'typed')
}

function valueOf(session: EntrySession, name: string) {
  const { text, value, provenance } = session.store.read(name)
  return { text, value, provenance }
}

describe('a card fills a form', () => {
  it('with labels, the place of the number, the period, and says the values are read', async () => {
    const session = await openForm()
    const person = getPerson(0)
    expect(session.cards.receive(putOn(person))).toBe(true)
    await rest(session)
    expect(valueOf(session, 'documentTypeCode')).toEqual({
      text: '居民身份证',
      value: '01',
      provenance: 'card',
    })
    expect(valueOf(session, 'name')).toEqual({ text: person.name, value: person.name, provenance: 'card' })
    expect(valueOf(session, 'documentNumber')).toMatchObject({
      value: person.documentNumber,
      provenance: 'card',
    })
    expect(session.store.read('sexCode').text).toBe(person.sexCode === '1' ? '男' : '女')
    expect(valueOf(session, 'ethnicGroupCode')).toMatchObject({ value: person.ethnicGroupCode })
    expect(session.store.read('ethnicGroupCode').text).toMatch(/族$/)
    expect(valueOf(session, 'householdDivisionCode')).toMatchObject({
      value: person.documentNumber.slice(0, 6),
      provenance: 'number',
    })
    expect(session.store.read('householdAddress').text).toBe(person.newestAddress || person.address)
    expect(valueOf(session, 'documentValidFromDate').value).toBe(person.validFromDate)
    expect(valueOf(session, 'documentValidToDate').value).toBe(person.validToDate)
    expect(session.cards.read().differences).toEqual([])
  })
  it('of the long term, with rare characters', async () => {
    const session = await openForm()
    session.cards.receive(putOn({ ...getPerson(1), name: '𠮷王', validToDate: '长期' }))
    await rest(session)
    expect(session.store.read('name').value).toBe('𠮷王')
    expect(session.store.read('documentValidToDate')).toMatchObject({ text: '长期', value: '长期' })
  })
  it('in the form in which texts are stored, so that the same text is the same value', async () => {
    const session = await openForm()
    // U+FA10 is another code for 塚; a card may have it, and a typed one never has.
    session.store.setText('name', '王塚')
    session.cards.receive(putOn({ ...getPerson(8), name: '王\uFA10', address: '某路 1号 ' }))
    await rest(session)
    expect(session.cards.countOpen()).toBe(0)
    expect(session.cards.choices()).toEqual({})
  })
  it.each([5, 6, 7, 15, 16, 17])(
    'of another kind (person %i), never with a renewal count for a people',
    async (index) => {
      const session = await openForm()
      const person = getPerson(index)
      session.cards.receive(putOn(person))
      await rest(session)
      expect(session.store.read('documentTypeCode').value).toBe(person.documentTypeCode)
      expect(session.store.read('documentNumber')).toMatchObject({
        value: person.documentNumber,
        reason: null,
      })
      expect(session.store.read('name').value).toBe(nameOnCard(person))
      expect(session.store.read('ethnicGroupCode').value).toBeNull()
    },
  )
  it('shows what contradicts itself on the card, and puts nothing right', async () => {
    const session = await openForm()
    const person = { ...getPerson(2), birthDate: '1980-01-01' }
    session.cards.receive(putOn(person, [{ field: 'birthDate', message: '出生日期与号码不一致。' }]))
    await rest(session)
    expect(session.cards.read().warnings).toEqual(['出生日期与号码不一致。'])
    expect(session.store.read('birthDate')).toMatchObject({ value: '1980-01-01', provenance: 'card' })
    expect(session.store.read('birthDate').reason).toContain('不一致')
  })
  it('with the picture when that comes, and keeps one that is there', async () => {
    const session = await openForm()
    const reading = putOn(getPerson(3))
    session.cards.receive(reading)
    await rest(session)
    session.cards.receivePhoto({ readingId: 'another', hash: 'b'.repeat(64) })
    expect(session.store.read('photo').value).toBeNull()
    session.cards.receivePhoto({ readingId: reading.id, hash: 'a'.repeat(64) })
    expect(session.store.read('photo')).toMatchObject({ value: 'a'.repeat(64), provenance: 'card' })
    session.cards.receivePhoto({ readingId: reading.id, hash: 'c'.repeat(64) })
    expect(session.store.read('photo').value).toBe('a'.repeat(64))
  })
  it('of 新增未成年人 and 新增协管员', async () => {
    const minor = await openForm({ register: 'minor' })
    minor.cards.receive(putOn(getPerson(4)))
    await rest(minor)
    expect(minor.store.read('documentNumber').value).toBe(getPerson(4).documentNumber)
    const coordinator = await openForm({ register: 'coordinator' })
    expect(coordinator.cards.receive(putOn(getPerson(5)))).toBe(false)
    expect(coordinator.cards.receive(putOn(getPerson(4)))).toBe(true)
    await rest(coordinator)
    expect(coordinator.store.read('citizenIdNumber').value).toBe(getPerson(4).documentNumber)
  })
  it('of no register that is not about people', async () => {
    const session = await openForm({ register: 'dwelling' })
    expect(session.cards.receive(putOn(getPerson(0)))).toBe(false)
  })
})

describe('what was typed', () => {
  it('stands beside the card until a key chooses, and the history says what was chosen', async () => {
    const session = await openForm()
    const person = getPerson(10)
    session.store.setText('name', '王五')
    session.store.setText('documentValidFromDate', '2001-02-03')
    session.cards.receive(putOn(person))
    await rest(session)
    expect(session.store.read('name').value).toBe('王五')
    expect(session.cards.read().differences).toEqual([
      { field: 'name', label: '姓名', typed: '王五', card: person.name, isCurrent: true },
      {
        field: 'documentValidFromDate',
        label: '证件有效期起',
        typed: '2001-02-03',
        card: person.validFromDate,
        isCurrent: false,
      },
    ])
    expect(session.store.read('name').cardText).toBe(person.name)
    typeTheRest(session)
    // A save does not choose for the clerk.
    expect(await session.save('stay')).toBeUndefined()
    expect(session.read().message?.text).toContain('2 项与证件不同')
    session.focusMoved('documentValidFromDate', 0)
    expect(session.cards.choose('card')).toBe(true)
    expect(valueOf(session, 'documentValidFromDate')).toMatchObject({
      value: person.validFromDate,
      provenance: 'card',
    })
    expect(session.cards.choose('typed')).toBe(true)
    expect(session.cards.choose('typed')).toBe(false)
    expect(session.store.read('name')).toMatchObject({ value: '王五', provenance: 'typed', cardText: null })
    const record = await session.save('stay')
    expect(record?.values['name']).toBe('王五')
    const [line] = await fixture.backend.call('record.history', {
      register: 'resident',
      id: record?.id ?? '',
    })
    expect(line?.cardChoices).toEqual([
      { label: '姓名', took: 'typed', other: person.name },
      { label: '证件有效期起', took: 'card', other: '2001-02-03' },
    ])
    expect(record?.provenance['documentValidFromDate']?.from).toBe('card')
    expect(record?.provenance['name']?.from).toBe('typed')
  })
  it('is taken or kept all at once, and agrees by itself when it is put right by hand', async () => {
    const session = await openForm()
    const person = getPerson(11)
    session.store.setText('name', '王五')
    session.store.setText('householdAddress', '某处')
    session.store.setText('documentValidToDate', '2030-01-01')
    session.cards.receive(putOn(person))
    await rest(session)
    expect(session.cards.countOpen()).toBe(3)
    session.store.setText('name', person.name)
    expect(session.cards.countOpen()).toBe(2)
    expect(session.cards.chooseAll('card')).toBe(true)
    expect(session.cards.countOpen()).toBe(0)
    expect(session.cards.choices()).toEqual({
      householdAddress: { took: 'card', other: '某处' },
      documentValidToDate: { took: 'card', other: '2030-01-01' },
    })
    // A value of the card that the clerk changes afterwards is his own, and the history keeps what the card had said.
    session.store.setText('documentValidToDate', '2031-01-01')
    expect(session.cards.choices()['documentValidToDate']).toEqual({
      took: 'typed',
      other: person.validToDate,
    })
  })
  it('in a look-up or by an input method is not touched while it is being typed', async () => {
    const session = await openForm()
    session.focusMoved('ethnicGroupCode', 1)
    session.store.setText('ethnicGroupCode', 'h')
    session.cards.receive(putOn(getPerson(12)))
    await rest(session)
    expect(session.store.read('ethnicGroupCode')).toMatchObject({ text: 'h', value: null })
    session.store.restoreText('ethnicGroupCode')
    expect(session.store.read('ethnicGroupCode').value).toBe(getPerson(12).ethnicGroupCode)
  })
  it('by hand goes on working: old numbers of 15 digits and documents without a card', async () => {
    const session = await openForm()
    session.store.setText('documentNumber', '110101900307003')
    session.store.judgeNow('documentNumber')
    const person = getPerson(13)
    session.store.setText('name', person.name)
    session.cards.receive(putOn(person))
    await rest(session)
    expect(session.store.read('documentNumber').text).toBe('110101900307003')
    expect(session.cards.read().differences.map(({ field }) => field)).toEqual(['documentNumber'])
    session.cards.choose('card')
    expect(session.store.read('documentNumber').value).toBe(person.documentNumber)
    const passport = await openForm()
    passport.store.setInput('documentTypeCode', { text: '普通护照', value: '14' }, 'typed')
    passport.store.setText('documentNumber', 'E12345678')
    expect(passport.store.read('documentNumber')).toMatchObject({ value: 'E12345678', reason: null })
    expect(passport.cards.choices()).toEqual({})
    // A foreigner's permit of 2017, typed from an old paper; the card of 2023 has another number of the same person.
    const foreigner = await openForm()
    const previous = getPerson(16)
    const renewed = { ...getPerson(17), name: '李四' }
    foreigner.store.setInput('documentTypeCode', { text: '外国人永久居留身份证', value: '13' }, 'typed')
    foreigner.store.setText('documentNumber', previous.documentNumber)
    foreigner.store.judgeNow('documentNumber')
    expect(foreigner.store.read('documentNumber')).toMatchObject({
      value: previous.documentNumber,
      reason: null,
    })
    foreigner.store.setText('name', '李四')
    foreigner.cards.receive(putOn(renewed))
    await rest(foreigner)
    expect(foreigner.cards.read().differences.map(({ field }) => field)).toEqual(['documentNumber'])
    foreigner.cards.choose('typed')
    expect(foreigner.store.read('documentNumber').value).toBe(previous.documentNumber)
    expect(foreigner.cards.choices()).toEqual({
      documentNumber: { took: 'typed', other: renewed.documentNumber },
    })
  })
})

describe('several cards', () => {
  it('wait by name, are not doubled, and come into the next forms in their order', async () => {
    const session = await openForm()
    const people = [20, 21, 22, 23].map(getPerson)
    for (const person of people) session.cards.receive(putOn(person))
    session.cards.receive(putOn(getPerson(21)))
    await rest(session)
    expect(session.store.read('name').value).toBe(nameOnCard(getPerson(20)))
    expect(session.cards.read().queued).toEqual(people.slice(1).map(nameOnCard))
    expect(session.cards.dropLast()).toBe(nameOnCard(getPerson(23)))
    for (const person of people.slice(0, 3)) {
      expect(session.store.read('documentNumber').value).toBe(person.documentNumber)
      typeTheRest(session)
      expect((await session.save('next'))?.values['name']).toBe(nameOnCard(person))
      await rest(session)
    }
    expect(session.store.read('documentNumber').value).toBeNull()
    expect(session.cards.read().queued).toEqual([])
    expect(session.cards.dropLast()).toBeUndefined()
  })
  it('that come while a save runs are kept until it is done', async () => {
    const session = await openForm()
    session.cards.receive(putOn(getPerson(30)))
    await rest(session)
    typeTheRest(session)
    const saving = session.save('next')
    expect(session.cards.receive(putOn(getPerson(31)))).toBe(true)
    expect(session.cards.receive(putOn(getPerson(32)))).toBe(true)
    expect((await saving)?.values['documentNumber']).toBe(getPerson(30).documentNumber)
    await rest(session)
    expect(session.store.read('documentNumber').value).toBe(getPerson(31).documentNumber)
    expect(session.cards.read().queued).toEqual([nameOnCard(getPerson(32))])
  })
})

describe('a number that is registered', () => {
  it('opens its record instead of a form that holds nothing but the card', async () => {
    const person = getPerson(40)
    const id = makeUuid()
    await fixture.backend.call('resident.save', {
      id,
      revision: 0,
      draftId: null,
      values: residentValues(
        { dwellingId: town.dwellingId, collectorId: town.coordinatorId },
        {
          documentNumber: person.documentNumber,
          birthDate: person.birthDate,
          sexCode: person.sexCode,
          name: person.name,
        },
      ),
    })
    const records: string[] = []
    const onRegistered = (found: { readonly id: string }): Promise<boolean> => {
      records.push(found.id)
      return Promise.resolve(true)
    }
    const session = await openForm({ onRegistered })
    session.cards.receive(putOn(person))
    await rest(session)
    expect(records).toEqual([id])
    expect(session.store.read('documentNumber').value).toBeNull()
    expect(session.read().isDirty).toBe(false)

    // With work in the form it stays, says so, and offers F6.
    const busy = await openForm({ onRegistered })
    busy.store.setText('telephone', '13800001111')
    busy.cards.receive(putOn(person))
    await rest(busy)
    expect(records).toEqual([id])
    expect(busy.read().duplicate?.id).toBe(id)
    expect(busy.read().message?.text).toContain('已有登记')

    // 居住证申领 has its applicant from there; one who is not registered is offered to be.
    const asked: string[] = []
    const permit = await openForm({
      register: 'residencePermit',
      onRegisterApplicant: (field, reading) => asked.push(`${field} ${reading.name}`),
    })
    expect(permit.cards.receive(putOn(person))).toBe(true)
    await rest(permit)
    expect(permit.store.read('applicantId')).toMatchObject({ value: id, provenance: 'card' })
    const another = await openForm({
      register: 'residencePermit',
      onRegisterApplicant: (field, reading) => asked.push(`${field} ${reading.name}`),
    })
    another.cards.receive(putOn(getPerson(41)))
    await rest(another)
    expect(another.cards.read().unregistered).toBe(getPerson(41).name)
    another.cards.choose('card')
    expect(asked).toEqual([`applicantId ${getPerson(41).name}`])
  })
})

describe('a card in a query', () => {
  it.each([
    ['resident', 'documentNumber'],
    ['minor', 'documentNumber'],
    ['coordinator', 'citizenIdNumber'],
  ] as const)('of %s asks by the number', async (register, field) => {
    const person = getPerson(60)
    expect(takesCards(register)).toBe(true)
    expect(await conditionOfCard(register, putOn(person))).toEqual({
      field,
      operator: 'equals',
      value: person.documentNumber,
    })
  })
  it.each([
    ['residencePermit', 'applicantId'],
    ['serviceRequest', 'applicantId'],
    ['lease', 'lesseeIds'],
  ] as const)('of %s asks by the person, and says so where he is not registered', async (register, field) => {
    const values = await fixture.backend.call('record.get', {
      register: 'resident',
      id: town.residentId,
      purpose: 'modify',
    })
    const registered = putOn({ ...getPerson(60), documentNumber: String(values.values['documentNumber']) })
    expect(await conditionOfCard(register, registered)).toEqual({
      field,
      operator: 'equals',
      value: town.residentId,
    })
    expect(await conditionOfCard(register, putOn(getPerson(61)))).toContain('没有登记为流动人员')
  })
  it('is asked in no register that is not about people', () => {
    expect(REGISTER_NAMES.filter((name) => !takesCards(name)).toSorted()).toEqual([
      'dwelling',
      'employer',
      'estate',
      'inspection',
      'school',
    ])
  })
})

it('a modification takes the card of its own person only', async () => {
  const number = inventNumber(77, '1985-03-04')
  const id = makeUuid()
  await fixture.backend.call('resident.save', {
    id,
    revision: 0,
    draftId: null,
    values: residentValues(
      { dwellingId: town.dwellingId, collectorId: town.coordinatorId },
      { documentNumber: number, birthDate: '1985-03-04', name: '李四' },
    ),
  })
  const session = await openForm({ recordIds: [id] })
  expect(session.cards.receive(putOn(getPerson(50)))).toBe(false)
  expect(session.cards.receive(putOn({ ...getPerson(51), documentNumber: number, name: '李四' }))).toBe(true)
  await rest(session)
  expect(session.cards.read().differences.map(({ field }) => field)).toContain('householdAddress')
})
