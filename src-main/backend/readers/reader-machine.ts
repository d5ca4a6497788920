import {
  CONTENT_SENTENCE,
  getStatusMeaning,
  SILENT_SENTENCE,
  type StatusAction,
} from '../../../src-shared/readers/status-words.ts'
import type { CommandName } from './commands.ts'
import { parseCardContent, splitAddresses, type CardContent, type Response } from './response.ts'

/**
 * One reader's course, pure: Idle → Found → Selected → Read → WaitRemoval. Events go in, what is to be done comes out; the
 * clock comes with the events.
 *
 * After a read most readers answer find with 80 until the card has left; some go on answering 9F. So what tells that the
 * card is still there is 30 03 (90 or 91), which both answer; where a reader does not know it, find is asked, and the card
 * has left when find goes 80.
 */
export type MachineState = {
  readonly phase: 'idle' | 'found' | 'selected' | 'read' | 'waitRemoval'
  /** What lies on the reader and was read; null in waitRemoval after a card that cannot be read. */
  readonly content: CardContent | null
  /** The text block of the last card told, and when it was last known to lie there (ms). */
  readonly last: { readonly key: string; readonly seenAt: number } | null
  /** How waitRemoval asks whether the card is there. */
  readonly probe: 'readAddress' | 'find'
  /** F2 waits for a card until then (ms); null: nobody asked. */
  readonly askedUntil: number | null
  /** Tries of the present command that failed. */
  readonly failures: number
  /** Commands in a row without any answer. */
  readonly silences: number
}

export type MachineEvent =
  /** Time to do something, when nothing runs. */
  | { readonly type: 'poll'; readonly at: number; readonly isAutomatic: boolean }
  /** F2. */
  | { readonly type: 'ask'; readonly at: number }
  | {
      readonly type: 'answer'
      readonly at: number
      readonly command: CommandName
      readonly response: Response
    }
  /** No answer within the command's time. */
  | { readonly type: 'silence'; readonly at: number; readonly command: CommandName }
  /** The line was closed or opened anew. */
  | { readonly type: 'reset' }

export type MachineAct =
  | { readonly do: 'send'; readonly command: CommandName }
  /** A card was put on. `wasAsked`: by F2, which is to be answered. */
  | {
      readonly do: 'tellCard'
      readonly content: CardContent
      readonly addresses: readonly Uint8Array[]
      readonly wasAsked: boolean
    }
  | {
      readonly do: 'tellProblem'
      readonly action: StatusAction
      readonly sentence: string
      readonly wasAsked: boolean
    }
  /** F2 found no card. */
  | { readonly do: 'tellNoCard' }
  /** The same card as a moment ago lies there: no event. */
  | { readonly do: 'tellSame' }
  /** Nothing is wrong any more; an earlier problem need not be shown. */
  | { readonly do: 'tellWell' }
  /** The reader is dead: the line is to be opened anew. */
  | { readonly do: 'reopen' }

export type MachineStep = { readonly state: MachineState; readonly acts: readonly MachineAct[] }

/** Within this time (ms) after it was last seen the same card is the same event. */
export const SAME_CARD_MS = 3_000

/** How long (ms) F2 waits for a card. */
export const ASK_MS = 3_000

const MOST_FAILURES = 2
const MOST_SILENCES = 3

export const firstMachineState: MachineState = {
  phase: 'idle',
  content: null,
  last: null,
  probe: 'readAddress',
  askedUntil: null,
  failures: 0,
  silences: 0,
}

/** What follows from an event. */
export function stepMachine(state: MachineState, event: MachineEvent): MachineStep {
  switch (event.type) {
    case 'poll':
      return poll(state, event.at, event.isAutomatic)
    case 'ask':
      return { state: { ...state, askedUntil: event.at + ASK_MS }, acts: [] }
    case 'silence':
      return afterSilence(state, event.command, event.at)
    case 'answer':
      return afterAnswer({ ...state, silences: 0 }, event.command, event.response, event.at)
    case 'reset':
      // The last card is remembered: it may lie there still, and was told already.
      return { state: { ...firstMachineState, last: state.last, askedUntil: state.askedUntil }, acts: [] }
  }
}

function send(state: MachineState, command: CommandName): MachineStep {
  return { state, acts: [{ do: 'send', command }] }
}

function poll(state: MachineState, at: number, isAutomatic: boolean): MachineStep {
  if (state.askedUntil !== null && at > state.askedUntil && state.phase === 'idle') {
    return { state: { ...state, askedUntil: null }, acts: [{ do: 'tellNoCard' }] }
  }
  if (!isAutomatic && state.askedUntil === null) return { state, acts: [] }
  if (state.phase === 'waitRemoval') return send(state, state.probe)
  return send({ ...state, phase: 'idle', failures: 0 }, 'find')
}

function afterSilence(state: MachineState, command: CommandName, at: number): MachineStep {
  // The card itself was read: it is not lost because of an address that does not come.
  if (state.phase === 'read') return afterAddress(state, { status: 0x91, data: new Uint8Array() }, at)
  const silences = state.silences + 1
  if (silences >= MOST_SILENCES) {
    const isAsked = state.askedUntil !== null
    return {
      state: { ...firstMachineState, last: state.last },
      acts: [
        { do: 'tellProblem', action: 'readerFault', sentence: SILENT_SENTENCE, wasAsked: isAsked },
        { do: 'reopen' },
      ],
    }
  }
  // One that comes late is told from the next command's answer; the same is asked again where the course stands.
  if (command === 'find' || command === 'select') return { state: toIdle({ ...state, silences }), acts: [] }
  return send({ ...state, silences }, command)
}

function toIdle(state: MachineState): MachineState {
  return { ...state, phase: 'idle', content: null, failures: 0 }
}

function afterAnswer(state: MachineState, command: CommandName, response: Response, at: number): MachineStep {
  switch (command) {
    case 'find':
      return afterFind(state, response)
    case 'select':
      return response.status === 0x90
        ? send({ ...state, phase: 'selected', failures: 0 }, 'readCard')
        : afterRefusal(state, command, response.status)
    case 'readCard':
      return afterRead(state, response)
    case 'readAddress':
      return state.phase === 'waitRemoval'
        ? afterPresence(state, response, at)
        : afterAddress(state, response, at)
    case 'status':
    case 'samId':
      return { state, acts: [] }
  }
}

function afterFind(state: MachineState, response: Response): MachineStep {
  if (state.phase === 'waitRemoval') {
    // Asked only where 30 03 is not known, or after a card that cannot be read.
    if (response.status === 0x80) return { state: toIdle(state), acts: [{ do: 'tellWell' }] }
    return repeatIfAsked(state)
  }
  if (response.status === 0x9f) return send({ ...state, phase: 'found', failures: 0 }, 'select')
  if (response.status === 0x80) return { state: toIdle(state), acts: [{ do: 'tellWell' }] }
  return afterRefusal(state, 'find', response.status)
}

function afterRead(state: MachineState, response: Response): MachineStep {
  if (response.status !== 0x90) return afterRefusal(state, 'readCard', response.status)
  const content = parseCardContent(response.data)
  if (content === undefined) return failOrRetry(state, 'readCard', 're-present', CONTENT_SENTENCE)
  return send({ ...state, phase: 'read', content, failures: 0 }, 'readAddress')
}

/** 91 is normal: no address was written later. A card that has left already was read all the same. */
function afterAddress(state: MachineState, response: Response, at: number): MachineStep {
  const { content } = state
  if (content === null) return { state: toIdle(state), acts: [] }
  const { action } = getStatusMeaning(response.status)
  if (action === 'retry' && state.failures < MOST_FAILURES) {
    return send({ ...state, failures: state.failures + 1 }, 'readAddress')
  }
  const addresses = response.status === 0x90 ? splitAddresses(response.data) : []
  const key = keyOf(content)
  const isAsked = state.askedUntil !== null
  const isSame = state.last?.key === key && at - state.last.seenAt < SAME_CARD_MS
  const waiting: MachineState = {
    ...state,
    phase: 'waitRemoval',
    failures: 0,
    askedUntil: null,
    last: { key, seenAt: at },
    probe: action === 'unsupported' ? 'find' : 'readAddress',
  }
  if (isSame && !isAsked) return { state: waiting, acts: [{ do: 'tellSame' }] }
  return { state: waiting, acts: [{ do: 'tellCard', content, addresses, wasAsked: isAsked }] }
}

/** 90 and 91: the card lies there still. */
function afterPresence(state: MachineState, response: Response, at: number): MachineStep {
  const { action } = getStatusMeaning(response.status)
  if (action === 'go') {
    const last = state.last === null ? null : { ...state.last, seenAt: at }
    const present = { ...state, last, failures: 0 }
    const addresses = response.status === 0x90 ? splitAddresses(response.data) : []
    if (state.askedUntil === null || state.content === null) return { state: present, acts: [] }
    // F2 with a card that was read before: it is told again, without being lifted.
    return {
      state: { ...present, askedUntil: null },
      acts: [{ do: 'tellCard', content: state.content, addresses, wasAsked: true }],
    }
  }
  if (action === 'retry' && state.failures < MOST_FAILURES) {
    return { state: { ...state, failures: state.failures + 1 }, acts: [] }
  }
  if (action === 'unsupported') return { state: { ...state, probe: 'find', failures: 0 }, acts: [] }
  // Gone. The next one may lie there already.
  return send(toIdle(state), 'find')
}

/** F2 while find says that the card has not left: a card that was read is told again, one that cannot be read is tried anew. */
function repeatIfAsked(state: MachineState): MachineStep {
  if (state.askedUntil === null) return { state, acts: [] }
  if (state.content === null) return send({ ...state, phase: 'found', failures: 0 }, 'select')
  return {
    state: { ...state, askedUntil: null },
    acts: [{ do: 'tellCard', content: state.content, addresses: [], wasAsked: true }],
  }
}

function afterRefusal(state: MachineState, command: CommandName, status: number): MachineStep {
  const { action, sentence } = getStatusMeaning(status)
  return failOrRetry(state, command, action, sentence)
}

function failOrRetry(
  state: MachineState,
  command: CommandName,
  action: StatusAction,
  sentence: string,
): MachineStep {
  const mayHelp = action === 'retry' || (action === 're-present' && command === 'readCard')
  if (mayHelp && state.failures < MOST_FAILURES) {
    return send({ ...state, failures: state.failures + 1 }, command)
  }
  const problem: MachineAct = {
    do: 'tellProblem',
    action,
    sentence,
    wasAsked: state.askedUntil !== null,
  }
  const after = { ...toIdle(state), askedUntil: null }
  // Not tried again and again: one that may be forged, or is no such card, has to leave first.
  const hasToLeave = action === 'cardDoubtful' || action === 'wrongCard' || action === 'unsupported'
  return {
    state: hasToLeave ? { ...after, phase: 'waitRemoval', probe: 'find' } : after,
    acts: [problem],
  }
}

function keyOf(content: CardContent): string {
  return Buffer.from(content.text).toString('base64')
}
