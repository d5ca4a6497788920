import { Button, Col, ConfigProvider, DatePicker, Form, Input, InputNumber, Row, Select } from 'antd'
import zhCN from 'antd/locale/zh_CN'
import dayjs, { isDayjs } from 'dayjs'
import 'dayjs/locale/zh-cn'
import type { ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import type { Field, ListField } from '../../../src-shared/fields/field.ts'
import { resident } from '../../../src-shared/registers/resident.ts'

/**
 * The peer of `npm run bench -- keys`: the 流动人员 form as an ordinary web page builds it, with antd's own Form, Input,
 * Select with a search over its labels, and DatePicker. Nothing of the product but the list of its fields is in it.
 */

/** Options of every list by dictionary or register. */
export type PlainOptions = Readonly<Record<string, readonly PlainOption[]>>
export type PlainOption = { readonly value: string; readonly label: string }

declare global {
  var submittedRecords: unknown[]
}

function isLabelFound(input: string, option: PlainOption | undefined): boolean {
  return option?.label.includes(input) ?? false
}

function PlainSelect(props: {
  readonly options: readonly PlainOption[]
  readonly isSeveral?: boolean
  readonly id?: string
  readonly value?: string | string[]
  readonly onChange?: (value: string | string[]) => void
}): ReactNode {
  const { options, isSeveral = false, ...control } = props
  return (
    <Select<string | string[], PlainOption>
      {...control}
      showSearch={{ filterOption: isLabelFound }}
      options={[...options]}
      {...(isSeveral ? { mode: 'multiple' as const } : {})}
    />
  )
}

function controlOf(field: Field, options: PlainOptions): ReactNode {
  switch (field.kind) {
    case 'code':
      return <PlainSelect options={options[field.dictionary] ?? []} />
    case 'codes':
      return <PlainSelect options={options[field.dictionary] ?? []} isSeveral />
    case 'reference':
      return <PlainSelect options={options[field.register] ?? []} />
    case 'date':
      // Its clear button would cost one more Tab a date.
      return <DatePicker style={{ width: '100%' }} format="YYYY-MM-DD" allowClear={false} />
    case 'integer':
    case 'decimal':
    case 'money':
      return <InputNumber style={{ width: '100%' }} />
    case 'text':
      return field.isMultiline ? <Input.TextArea rows={1} /> : <Input />
    case 'references':
      return <PlainSelect options={options[field.register] ?? []} isSeveral />
    case 'boolean':
    case 'photo':
    case 'list':
      return null
  }
}

/** Rows that are added by a button, as antd's documentation shows it; a new row takes the focus. */
function PlainList(props: {
  readonly name: string
  readonly field: ListField
  readonly options: PlainOptions
}): ReactNode {
  const { name, field, options } = props
  return (
    <Form.List name={name}>
      {(rows, { add }) => (
        <>
          {rows.map((row) => (
            <Row gutter={8} key={row.key}>
              {Object.entries(field.fields).map(([column, columnField]) => (
                <Col span={6} key={column}>
                  <Form.Item
                    name={[row.name, column]}
                    label={columnField.label}
                    rules={[{ required: columnField.required }]}
                  >
                    {controlOf(columnField, options)}
                  </Form.Item>
                </Col>
              ))}
            </Row>
          ))}
          <Form.Item label={field.label}>
            <Button
              id={`${name}_add`}
              onClick={() => {
                add()
                const first = Object.keys(field.fields)[0] ?? ''
                requestAnimationFrame(() =>
                  document.getElementById(`${name}_${rows.length}_${first}`)?.focus(),
                )
              }}
            >
              添加
            </Button>
          </Form.Item>
        </>
      )}
    </Form.List>
  )
}

function plainValue(value: unknown): unknown {
  if (isDayjs(value)) return value.format('YYYY-MM-DD')
  if (Array.isArray(value)) return value.map(plainValue)
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plainValue(each)]))
  }
  return value
}

function focusFirstField(): void {
  document.getElementById(Object.keys(resident.fields)[0] ?? '')?.focus()
}

function PlainForm(props: { readonly options: PlainOptions }): ReactNode {
  const [form] = Form.useForm()
  const fields = Object.entries(resident.fields).filter(([, field]) => field.kind !== 'photo')
  return (
    <ConfigProvider locale={zhCN}>
      <Form
        form={form}
        size="small"
        style={{ padding: 12 }}
        onFinish={(values: unknown) => {
          globalThis.submittedRecords.push(plainValue(values))
          form.resetFields()
          // A reset makes the fields anew.
          setTimeout(focusFirstField)
        }}
      >
        <Row gutter={12}>
          {fields.map(([name, field]) => (
            <Col span={field.kind === 'list' ? 24 : 6} key={name}>
              {field.kind === 'list' ? (
                <PlainList name={name} field={field} options={props.options} />
              ) : (
                <Form.Item
                  name={name}
                  label={field.label}
                  rules={[{ required: field.required }]}
                  {...initialOf(field)}
                >
                  {controlOf(field, props.options)}
                </Form.Item>
              )}
            </Col>
          ))}
        </Row>
        <Button type="primary" htmlType="submit" id="submit">
          提交
        </Button>
      </Form>
    </ConfigProvider>
  )
}

function initialOf(field: Field): { readonly initialValue?: unknown } {
  if (field.kind === 'code' && field.defaultCode !== undefined) return { initialValue: field.defaultCode }
  if (field.kind === 'date' && field.defaultsToToday) return { initialValue: dayjs() }
  return {}
}

globalThis.submittedRecords = []
const answer = await fetch('options.json')
const options = (await answer.json()) as PlainOptions
createRoot(document.getElementById('root') ?? document.body).render(<PlainForm options={options} />)
requestAnimationFrame(() => {
  const wait = (): void => {
    if (document.getElementById('submit')) focusFirstField()
    else requestAnimationFrame(wait)
  }
  wait()
})
