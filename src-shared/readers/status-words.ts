/** SW3 of an answer (GA/T 467): what it means to the clerk, and what is to be done. */

/** What a status asks for. */
export type StatusAction =
  /** All is well. */
  | 'go'
  /** No card lies there. */
  | 'wait'
  /** The line was disturbed: the same command once more. */
  | 'retry'
  /** The clerk lifts the card and puts it on again. */
  | 're-present'
  /** The reader itself is at fault. */
  | 'readerFault'
  /** The card may be forged: nothing is filled. */
  | 'cardDoubtful'
  /** A card that this reader does not read. */
  | 'wrongCard'
  /** The reader does not know the command. */
  | 'unsupported'

export type StatusMeaning = { readonly action: StatusAction; readonly sentence: string }

const meanings: Readonly<Record<number, StatusMeaning>> = {
  0x90: { action: 'go', sentence: '操作成功。' },
  0x91: { action: 'go', sentence: '证件中没有此项内容。' },
  0x9f: { action: 'go', sentence: '找到证件。' },
  0x10: { action: 'retry', sentence: '读卡器收到的数据校验不符,正在重试;若反复出现,请检查读卡器连线。' },
  0x11: { action: 'retry', sentence: '读卡器收到的数据长度不符,正在重试;若反复出现,请检查读卡器连线。' },
  0x21: { action: 'unsupported', sentence: '该读卡器不支持这项操作,请与读卡器供应商联系。' },
  0x23: { action: 'unsupported', sentence: '该读卡器没有这项操作的权限,请与读卡器供应商联系。' },
  0x24: { action: 'retry', sentence: '读卡器报告无法识别的错误,正在重试;若反复出现,请重新插拔读卡器。' },
  0x31: { action: 're-present', sentence: '证件与读卡器没有接通,请拿起证件,重新放好。' },
  0x32: {
    action: 'cardDoubtful',
    sentence: '证件没有通过安全认证,可能是伪造的证件,请核实!没有填入任何内容。',
  },
  0x33: {
    action: 'cardDoubtful',
    sentence: '证件信息没有通过验证,可能是伪造的证件,请核实!没有填入任何内容。',
  },
  0x40: { action: 'wrongCard', sentence: '放在读卡器上的不是身份证件,请换用身份证件。' },
  0x41: { action: 're-present', sentence: '读卡没有完成,请拿起证件,重新放好,读完再拿开。' },
  0x47: { action: 're-present', sentence: '读取证件时出错,请拿起证件,重新放好。' },
  0x60: { action: 'readerFault', sentence: '读卡器自检失败,请重新插拔读卡器;若仍不行,请联系供应商。' },
  0x66: { action: 'readerFault', sentence: '读卡器安全模块没有得到授权,不能使用,请联系供应商。' },
  0x80: { action: 'wait', sentence: '没有找到证件,请把证件放在读卡器上。' },
  0x81: { action: 're-present', sentence: '选不中证件,请拿起证件,单独重新放好。' },
}

/** What a status word means. One that no paper names asks for the card once more. */
export function getStatusMeaning(status: number): StatusMeaning {
  return (
    meanings[status] ?? {
      action: 're-present',
      sentence: `读卡器返回未知状态 ${status.toString(16).toUpperCase().padStart(2, '0')},请拿起证件,重新放好。`,
    }
  )
}

/** The reader does not answer. */
export const SILENT_SENTENCE = '读卡器没有应答,正在重新连接;若不恢复,请重新插拔读卡器。'

/** The answer is no card's content. */
export const CONTENT_SENTENCE = '读到的证件内容不完整,请拿起证件,重新放好。'
