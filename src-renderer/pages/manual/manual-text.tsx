import { Fragment, type ReactNode } from 'react'
import type { Token, Tokens } from 'marked'

type Context = {
  /** The address of a picture of the manual; undefined when the program carries none of that name. */
  readonly pictureOf: (href: string) => string | undefined
  readonly onLink: (href: string) => void
}

/**
 * What Markdown says as elements. Nothing is handed over as HTML: a tag in the text stays the text it is, and a link leads
 * nowhere but to another section.
 */
export function ManualText(props: Context & { readonly tokens: readonly Token[] }): ReactNode {
  return props.tokens.map((token, index) => <Block key={index} token={token} context={props} />)
}

function Block(props: { readonly token: Token; readonly context: Context }): ReactNode {
  const { context } = props
  switch (props.token.type) {
    case 'heading': {
      const token = props.token as Tokens.Heading
      return <h3>{inline(token.tokens, context)}</h3>
    }
    case 'paragraph': {
      const token = props.token as Tokens.Paragraph
      return <p>{inline(token.tokens, context)}</p>
    }
    case 'text': {
      // The content of a list item without a paragraph of its own.
      const token = props.token as Tokens.Text
      return token.tokens ? inline(token.tokens, context) : token.text
    }
    case 'blockquote': {
      const token = props.token as Tokens.Blockquote
      return (
        <blockquote>
          <ManualText {...context} tokens={token.tokens} />
        </blockquote>
      )
    }
    case 'list': {
      const token = props.token as Tokens.List
      const items = token.items.map((item, index) => (
        <li key={index}>
          <ManualText {...context} tokens={item.tokens} />
        </li>
      ))
      return token.ordered ? <ol>{items}</ol> : <ul>{items}</ul>
    }
    case 'table': {
      const token = props.token as Tokens.Table
      return (
        <table className="home-table">
          <thead>
            <tr>
              {token.header.map((cell, index) => (
                <th key={index} scope="col">
                  {inline(cell.tokens, context)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {token.rows.map((row, index) => (
              <tr key={index}>
                {row.map((cell, column) => (
                  <td key={column}>{inline(cell.tokens, context)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )
    }
    case 'space':
      return null
    default:
      return <p>{props.token.raw}</p>
  }
}

function inline(tokens: readonly Token[], context: Context): ReactNode {
  return tokens.map((token, index) => <Fragment key={index}>{inlineOne(token, context)}</Fragment>)
}

function inlineOne(token: Token, context: Context): ReactNode {
  switch (token.type) {
    case 'codespan':
      return <kbd>{(token as Tokens.Codespan).text}</kbd>
    case 'strong':
      return <strong>{inline((token as Tokens.Strong).tokens, context)}</strong>
    case 'link': {
      const { href, tokens } = token as Tokens.Link
      return (
        <button type="button" className="link-button" onClick={() => context.onLink(href)}>
          {inline(tokens, context)}
        </button>
      )
    }
    case 'image': {
      const { href, text } = token as Tokens.Image
      const address = context.pictureOf(href)
      return address === undefined ? null : <img src={address} alt={text} />
    }
    case 'escape':
      return (token as Tokens.Escape).text
    case 'br':
      return <br />
    default:
      return 'text' in token && typeof token.text === 'string' ? token.text : token.raw
  }
}
