import { describe, expect, test } from 'vitest'
import { parseServer, serverInput } from '../../../../src-renderer/components/server-address.ts'

const safe = { usesTls: true, allowsPlain: false, authority: '' }

function read(host: string, port = '8080', isEnabled = true) {
  return parseServer({ isEnabled, host, port, ...safe })
}

describe('server address', () => {
  test('an address or a host name is taken; full-width digits and blanks are normalised', () => {
    expect(read(' １０．1.2.3 ', '８０８０')).toEqual({
      ok: true,
      server: { isEnabled: true, host: '10.1.2.3', port: 8080, ...safe },
    })
    expect(read('sync.example.org').ok).toBe(true)
    expect(read('10。1。2。3').ok).toBe(true)
  })

  test.each(['256.1.1.1', '10.1.2', '10.1.2.3.4', '1..2.3', '01.2.3.4'])('%s is no address', (host) => {
    expect(read(host)).toMatchObject({ ok: false, problem: { host: expect.stringContaining('服务器IP') } })
  })

  test.each(['http://10.1.2.3', 'a b', '服务器', '-x', ''])('「%s」 is refused', (host) => {
    const parsed = read(host)
    if (host === 'a b') expect(parsed).toMatchObject({ ok: true, server: { host: 'ab' } })
    else expect(parsed.ok).toBe(false)
  })

  test.each(['0', '65536', '', '80a', '-1', '8080.5'])('port 「%s」 is refused', (port) => {
    expect(read('10.1.2.3', port)).toMatchObject({
      ok: false,
      problem: { port: expect.stringContaining('65535') },
    })
  })

  test('a line that is not encrypted is taken to this machine itself, or after an explicit choice', () => {
    const plain = (host: string, allowsPlain: boolean) =>
      parseServer({ isEnabled: true, host, port: '8080', usesTls: false, allowsPlain, authority: '' })
    expect(plain('10.1.2.3', false)).toMatchObject({ problem: { line: expect.stringContaining('没有加密') } })
    expect(plain('10.1.2.3', true).ok).toBe(true)
    for (const host of ['127.0.0.1', 'localhost', '１２７.0.0.1']) expect(plain(host, false).ok).toBe(true)
  })

  test('where no server was ever named, the line is to be encrypted; a stored choice stays', () => {
    const stored = { isEnabled: false, port: 8080, usesTls: false, allowsPlain: false, authority: '' }
    expect(serverInput({ ...stored, host: '' }).usesTls).toBe(true)
    expect(serverInput({ ...stored, host: '127.0.0.1' }).usesTls).toBe(false)
  })

  test('without a server the address may stay empty, the port may not be nonsense', () => {
    expect(read('', '8080', false).ok).toBe(true)
    expect(read('', 'x', false).ok).toBe(false)
  })
})
