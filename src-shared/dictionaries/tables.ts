/** What is known of each dictionary beside its entries. A test compares the names with the files and the declarations. */

/** The Chinese name of every dictionary. */
const labels: Readonly<Record<string, string>> = {
  community: '社区',
  'coordinator-cancel-reason': '协管员注销原因',
  'correction-reason': '更正原因',
  'departure-reason': '人员注销原因',
  division: '行政区划',
  'document-type': '证件类型',
  'dwelling-cancel-reason': '房屋注销原因',
  'dwelling-type': '房屋类别',
  'dwelling-use': '房屋用途',
  education: '文化程度',
  'employer-cancel-reason': '单位注销原因',
  'employer-type': '单位类别',
  'employment-status': '就业状况',
  'entry-cancel-reason': '登记注销原因',
  'estate-cancel-reason': '小区注销原因',
  ethnicity: '民族',
  grade: '年级',
  hazard: '隐患类别',
  'hukou-type': '户口性质',
  industry: '行业',
  'inspection-stage': '隐患整改状态',
  'intended-stay': '拟居住期限',
  kinship: '与监护人关系',
  'labour-contract': '劳动合同',
  'landlord-relation': '与房主关系',
  'lease-stage': '租赁合同状态',
  'lease-termination-reason': '租赁合同终止原因',
  'lease-use': '租赁用途',
  'marital-status': '婚姻状况',
  'military-service': '兵役状况',
  'occupancy-use': '房屋使用情况',
  occupation: '职业',
  ownership: '产权类型',
  'permit-action': '居住证办理类型',
  'permit-basis': '居住证申领依据',
  'permit-cancel-reason': '居住证注销原因',
  'permit-material': '居住证申领材料',
  'permit-stage': '居住证办理状态',
  'permit-term': '居住证有效期限',
  'political-status': '政治面貌',
  'residence-reason': '居住事由',
  'residence-type': '住所类别',
  'restore-reason': '恢复原因',
  'safety-facility': '安全设施',
  satisfaction: '满意度',
  'school-cancel-reason': '学校注销原因',
  'school-ownership': '办学性质',
  'school-type': '学校类别',
  schooling: '就学状况',
  'service-stage': '服务事项状态',
  'service-type': '服务事项类别',
  sex: '性别',
  'social-insurance': '参保情况',
  street: '街(路巷)',
  structure: '建筑结构',
  vaccination: '预防接种',
  'yes-no': '是否',
}

/** The Chinese name of a dictionary; its own name where a server sends one that this program does not know. */
export function dictionaryLabelOf(name: string): string {
  return labels[name] ?? name
}

/** The dictionaries that have a Chinese name. */
export function listLabelledDictionaries(): readonly string[] {
  return Object.keys(labels)
}

/**
 * The dictionaries that the clerk keeps in 单机模式: those that registers name and no file of the program carries, because no
 * standard defines them and every place has its own. With a server they are the server's.
 */
export const KEPT_DICTIONARIES = ['community', 'street'] as const
export type KeptDictionary = (typeof KEPT_DICTIONARIES)[number]

/** Whether the clerk keeps it where there is no server. */
export function isKeptDictionary(name: string): name is KeptDictionary {
  return KEPT_DICTIONARIES.some((each) => each === name)
}

/** The dictionary that the parents of a kept one are entries of: a street lies in a community, a community in a division. */
const parents: Readonly<Record<KeptDictionary, string>> = { community: 'division', street: 'community' }

/** The dictionary in which the parent of an entry is looked for; mostly its own. */
export function parentDictionaryOf(name: string): string {
  return isKeptDictionary(name) ? parents[name] : name
}
