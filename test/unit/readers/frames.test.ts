import { expect, test } from 'vitest'
import { buildRequest, findCommand, type CommandName } from '../../../src-main/backend/readers/commands.ts'
import { describeAnswer, describeRequest } from '../../../src-main/backend/readers/frame-log.ts'
import { createFrameParser } from '../../../src-main/backend/readers/frame-parser.ts'
import { buildFrame } from '../../../src-main/backend/readers/frame.ts'
import {
  formatSamId,
  isAnswerTo,
  parseCardContent,
  parseResponse,
  splitAddresses,
  type Response,
} from '../../../src-main/backend/readers/response.ts'
import { getStatusMeaning } from '../../../src-shared/readers/status-words.ts'
import { bytesOf, readerVectors } from '../../support/reader-vectors.ts'

const { requests, responses, bad, samId } = readerVectors

function parseAll(hex: string): readonly Uint8Array[] {
  return createFrameParser().push(bytesOf(hex))
}

function responseOf(hex: string): Response {
  const response = parseResponse(parseAll(hex)[0] ?? new Uint8Array())
  if (!response) throw new Error('no frame')
  return response
}

test('requests are those of the papers', () => {
  const expected: Record<CommandName, string> = {
    status: requests.status,
    samId: requests.samId,
    find: requests.find,
    select: requests.select,
    readCard: requests.readTextPhoto,
    readAddress: requests.readNewAddress,
  }
  for (const [command, hex] of Object.entries(expected) as [CommandName, string][]) {
    expect(Buffer.from(buildRequest(command)).toString('hex').toUpperCase()).toBe(hex)
    expect(findCommand(createFrameParser(3).push(bytesOf(hex))[0] ?? new Uint8Array())).toBe(command)
  }
  expect(findCommand(Uint8Array.of(0x61, 0xff))).toBeUndefined()
})

test('every response of the papers is one frame, and is built again as it was', () => {
  for (const hex of Object.values(responses)) {
    const bodies = parseAll(hex)
    expect(bodies).toHaveLength(1)
    expect(
      Buffer.from(buildFrame(bodies[0] ?? new Uint8Array()))
        .toString('hex')
        .toUpperCase(),
    ).toBe(hex)
  }
})

test('broken frames give nothing, and what is good behind them is found', () => {
  const counts = Object.fromEntries(Object.entries(bad).map(([name, hex]) => [name, parseAll(hex).length]))
  expect(counts).toEqual({
    chkWrong: 0,
    preambleWrong: 0,
    truncated: 0,
    oversizeLen: 0,
    lenZero: 0,
    lenTooShort3: 0,
    noiseThenGood: 1,
    extraAA: 1,
    twoFrames: 2,
    wrongPublicExample_2001_21: 0,
  })
  for (const name of ['chkWrong', 'preambleWrong', 'oversizeLen', 'lenZero', 'lenTooShort3'] as const) {
    expect(parseAll(bad[name] + responses.findOk9F)).toHaveLength(1)
  }
})

test('a frame that lost its end is given up when the check fails, and the next one is found in it', () => {
  const parser = createFrameParser()
  const lost = bytesOf(responses.selectOk90).subarray(0, 12)
  expect(parser.push(Uint8Array.of(...lost, ...bytesOf(responses.ok90)))).toHaveLength(1)
  expect(parser.waitingBytes()).toBe(0)
  expect(parser.rejectedBytes()).toBe(12)
})

test('a request is never shorter than three, an answer never than four', () => {
  expect(createFrameParser(4).push(bytesOf(requests.find))).toHaveLength(0)
  expect(createFrameParser(3).push(bytesOf(requests.find))).toHaveLength(1)
  expect(() => buildFrame(new Uint8Array(4_096))).toThrow(RangeError)
})

test('the module number is written as it is printed', () => {
  expect(formatSamId(bytesOf(samId.hex))).toBe(samId.string)
  expect(formatSamId(responseOf(responses.samId).data)).toBe(samId.string)
  expect(formatSamId(new Uint8Array(15))).toBeUndefined()
})

test('30 01 is taken apart by its length fields, and lengths that do not fit are refused', () => {
  const { status, data } = responseOf(responses.read3001_resident)
  expect(status).toBe(0x90)
  const content = parseCardContent(data)
  expect([content?.text.length, content?.photo.length]).toEqual([256, 1_024])
  expect(
    Buffer.from(content?.text ?? [])
      .toString('hex')
      .toUpperCase(),
  ).toBe(readerVectors.text.resident)
  expect([...(content?.photo.subarray(0, 3) ?? [])]).toEqual([0x57, 0x4c, 0x66])
  // Without a photo; with one of another length; with one byte too few or too many.
  const without = Uint8Array.of(1, 0, 0, 0, ...data.subarray(4, 260))
  expect(parseCardContent(without)?.photo.length).toBe(0)
  expect(parseCardContent(data.subarray(0, -1))).toBeUndefined()
  expect(parseCardContent(Uint8Array.of(...data, 0))).toBeUndefined()
  expect(parseCardContent(Uint8Array.of(2, 0, 0, 0, ...data.subarray(4, 516)))).toBeUndefined()
  expect(parseCardContent(new Uint8Array(3))).toBeUndefined()
})

test('the answer with fingerprints, which is never asked for, is no 30 01', () => {
  for (const name of ['read3010_resident_2fp', 'read3010_resident_1fp', 'read3010_resident_0fp'] as const) {
    expect(parseCardContent(responseOf(responses[name]).data)).toBeUndefined()
  }
})

test('additional addresses come in seventies of bytes', () => {
  const { data } = responseOf(responses.newAddress1)
  expect(splitAddresses(data)).toHaveLength(1)
  expect(splitAddresses(Uint8Array.of(...data, ...data))).toHaveLength(2)
})

test('an answer that came late is told from the right one', () => {
  const late = responseOf(responses.read3001_resident)
  expect(isAnswerTo('readCard', late)).toBe(true)
  for (const command of ['find', 'select', 'status', 'samId', 'readAddress'] as const) {
    expect(isAnswerTo(command, late)).toBe(false)
  }
  const find = responseOf(responses.findOk9F)
  expect(isAnswerTo('find', find)).toBe(true)
  for (const command of ['select', 'readCard', 'status', 'readAddress'] as const) {
    expect(isAnswerTo(command, find)).toBe(false)
  }
  expect(isAnswerTo('select', responseOf(responses.selectOk90))).toBe(true)
  expect(isAnswerTo('readAddress', responseOf(responses.noSuchContent91))).toBe(true)
  expect(isAnswerTo('readAddress', responseOf(responses.newAddress1))).toBe(true)
  // An error is an answer to whatever was asked.
  for (const command of ['find', 'select', 'readCard', 'readAddress'] as const) {
    expect(isAnswerTo(command, responseOf(responses.chkErr10))).toBe(true)
  }
})

test('every status of the papers has a sentence of its own and an act', () => {
  const actions = {
    chkErr10: 'retry',
    lenErr11: 'retry',
    cmdErr21: 'unsupported',
    noPermission23: 'unsupported',
    unknown24: 'retry',
    cardAuthSam31: 're-present',
    samAuthCard32: 'cardDoubtful',
    verify33: 'cardDoubtful',
    typeErr40: 'wrongCard',
    readFail41: 're-present',
    readFail41_withSW: 're-present',
    random47: 're-present',
    statusSelfTestFail60: 'readerFault',
    unauth66: 'readerFault',
    findFail80: 'wait',
    selectFail81: 're-present',
    ok90: 'go',
    noSuchContent91: 'go',
    findOk9F: 'go',
  } as const
  const sentences = new Map<number, string>()
  for (const [name, action] of Object.entries(actions)) {
    const { status } = responseOf(responses[name as keyof typeof actions])
    const meaning = getStatusMeaning(status)
    expect([name, meaning.action]).toEqual([name, action])
    expect(meaning.sentence).toMatch(/[。!]$/)
    sentences.set(status, meaning.sentence)
  }
  expect(new Set(sentences.values()).size).toBe(sentences.size)
  expect(getStatusMeaning(0xe7)).toEqual({
    action: 're-present',
    sentence: '读卡器返回未知状态 E7,请拿起证件,重新放好。',
  })
})

test('the raw log shows frames, and of a card nothing but how long it was', () => {
  expect(describeRequest('find')).toBe('AA AA AA 96 69 00 03 20 01 22 寻卡')
  const body = parseAll(responses.read3001_resident)[0] ?? new Uint8Array()
  expect(describeAnswer(body, 'readCard')).toBe(
    'AA AA AA 96 69 05 08 00 00 90 …(1284 字节已隐去) 读文字和相片',
  )
  // Also where it belongs to nothing that was asked.
  expect(describeAnswer(body, undefined)).not.toContain('4B 6D')
  expect(describeAnswer(parseAll(responses.newAddress1)[0] ?? new Uint8Array(), 'readAddress')).toContain(
    '70 字节已隐去',
  )
  expect(describeAnswer(parseAll(responses.samId)[0] ?? new Uint8Array(), 'samId')).toContain('A5 3A 34 01')
})
