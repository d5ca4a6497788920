import { describe, expect, it } from 'vitest'
import {
  listEarlierDays,
  listStageMatches,
  listStepsFrom,
  shownStage,
  type Flow,
} from '../../../src-shared/registers/flow.ts'
import {
  FLOW_REGISTER_NAMES,
  getField,
  REGISTER_NAMES,
  type FlowRegisterName,
} from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'

function flowOf(name: FlowRegisterName): Flow {
  const { flow } = getRegister(name)
  if (!flow) throw new Error(`${name} has no flow`)
  return flow
}

/** Every stored stage with the steps that start from it and where each leads: what product.md §3 says of the four registers. */
const TRANSITIONS: Readonly<
  Record<FlowRegisterName, Readonly<Record<string, Readonly<Record<string, string>>>>>
> = {
  residencePermit: {
    '10': { review: '20', refuse: '90' },
    '20': { makeCard: '30' },
    '30': { issue: '40' },
    '40': {},
    '90': {},
  },
  lease: { '10': { terminate: '30' }, '30': {} },
  inspection: { '10': {}, '20': { rectify: '30', extend: '20' }, '30': {} },
  serviceRequest: {
    '10': { begin: '20', finish: '30', return: '40' },
    '20': { finish: '30', return: '40' },
    '30': {},
    '40': {},
  },
}

it('the registers with a flow are those named', () => {
  expect(REGISTER_NAMES.filter((name) => getRegister(name).flow)).toEqual([...FLOW_REGISTER_NAMES])
})

describe.each(FLOW_REGISTER_NAMES)('the flow of %s', (name) => {
  const flow = flowOf(name)
  const stages = Object.keys(TRANSITIONS[name])

  it('leads from every stage where the paper says, and nowhere else', () => {
    for (const stage of stages)
      expect(Object.fromEntries(listStepsFrom(flow, stage).map((step) => [step.name, step.to]))).toEqual(
        TRANSITIONS[name][stage],
      )
    expect(listStepsFrom(flow, null)).toEqual([])
    const named = flow.steps.flatMap((step) => [...step.from, step.to])
    expect(named.filter((stage) => !stages.includes(stage))).toEqual([])
    expect(new Set(flow.steps.map((step) => step.name)).size).toBe(flow.steps.length)
    expect(new Set(flow.steps.map((step) => step.label)).size).toBe(flow.steps.length)
  })

  it('asks for fields of the register that can hold the answers, and starts and ends in them', () => {
    const register = getRegister(name)
    for (const step of flow.steps) {
      for (const [field, asked] of Object.entries(step.asks)) {
        const stored = getField(register, field)
        expect(stored.kind).toBe(asked.kind)
        if (stored.kind === 'text' && asked.kind === 'text') expect(stored.maxLength).toBe(asked.maxLength)
        if (stored.kind === 'code' && asked.kind === 'code') expect(stored.dictionary).toBe(asked.dictionary)
      }
      for (const field of [...Object.keys(step.startsWith ?? {}), ...Object.keys(step.own ?? {})])
        expect(Object.keys(step.asks)).toContain(field)
    }
    for (const field of flow.begins) expect(getField(register, field).kind).toBe('date')
    for (const lapse of flow.lapses) expect(getField(register, lapse.day).kind).toBe('date')
  })

  it('decides a stage and what its steps have set together where two have acted unseen', () => {
    const { mergeGroups = [] } = getRegister(name)
    const group = mergeGroups.find((fields) => fields.includes(flow.field)) ?? []
    const asked = flow.steps.flatMap((step) =>
      Object.keys(step.asks).filter((field) => getField(getRegister(name), field).isAutomatic),
    )
    expect([...new Set(asked)].filter((field) => !group.includes(field))).toEqual([])
  })

  it('keeps the stage of a record that is saved again', () => {
    for (const stage of stages.filter((each) => name !== 'inspection' || each === '30'))
      expect(flow.stageAfterSave({}, stage)).toBe(stage)
    expect(flow.stageAfterSave({}, null)).toBe('10')
  })
})

describe('the stage that is shown', () => {
  const today = '2026-03-16'

  it.each([
    ['inspection', { stageCode: '20', rectifyByDate: '2026-03-15' }, '40'],
    ['inspection', { stageCode: '20', rectifyByDate: '2026-03-16' }, '20'],
    ['inspection', { stageCode: '20', rectifyByDate: null }, '20'],
    ['inspection', { stageCode: '30', rectifyByDate: '2026-03-01' }, '30'],
    ['lease', { stageCode: '10', endDate: '2026-03-15' }, '20'],
    ['lease', { stageCode: '10', endDate: '2026-03-16' }, '10'],
    ['lease', { stageCode: '30', endDate: '2026-01-01' }, '30'],
    ['serviceRequest', { stageCode: '20', dueDate: '2026-01-01' }, '20'],
    ['residencePermit', { stageCode: null }, null],
  ] as const)('of %s %j is %s', (name, values, expected) => {
    expect(shownStage(flowOf(name), values, today)).toBe(expected)
  })

  it('is asked for by exactly the values that are shown so', () => {
    for (const name of FLOW_REGISTER_NAMES) {
      const flow = flowOf(name)
      const days = ['2026-03-15', '2026-03-16', null]
      const stored = Object.keys(TRANSITIONS[name])
      const shown = new Set([...stored, ...flow.lapses.map((lapse) => lapse.shownAs)])
      for (const stage of stored)
        for (const day of days) {
          const values = {
            [flow.field]: stage,
            ...Object.fromEntries(flow.lapses.map((lapse) => [lapse.day, day])),
          }
          const matching = [...shown].filter((asked) =>
            listStageMatches(flow, asked).some(
              (match) =>
                match.stages.includes(stage) &&
                (match.day === undefined || (day !== null && day < today) === match.day.isPast),
            ),
          )
          expect(matching).toEqual([shownStage(flow, values, today)])
        }
    }
  })
})

describe('the days that come before a step', () => {
  it.each([
    ['residencePermit', 'review', []],
    ['residencePermit', 'makeCard', ['reviewDate']],
    ['residencePermit', 'issue', ['cardDate', 'reviewDate']],
    ['inspection', 'rectify', ['reinspectionDate']],
    ['inspection', 'extend', ['reinspectionDate']],
    ['serviceRequest', 'finish', []],
    ['lease', 'terminate', []],
  ] as const)('of %s %s are %j', (name, stepName, expected) => {
    const flow = flowOf(name)
    const step = flow.steps.find((each) => each.name === stepName)
    expect(step && listEarlierDays(flow, step).toSorted()).toEqual(expected)
  })
})

it('an inspection is 正常 without a hazard, 待整改 with one, and 已整改 once it was', () => {
  const { stageAfterSave } = flowOf('inspection')
  expect(stageAfterSave({ hazardCodes: null }, null)).toBe('10')
  expect(stageAfterSave({ hazardCodes: ['10'] }, null)).toBe('20')
  expect(stageAfterSave({ hazardCodes: ['10'] }, '10')).toBe('20')
  expect(stageAfterSave({ hazardCodes: null }, '20')).toBe('10')
  expect(stageAfterSave({ hazardCodes: null }, '30')).toBe('30')
})
