/** Markdown of a stranger as HTML that does nothing: no scripts, no pictures, no styles, and links that say where they lead. */
import DOMPurify from 'dompurify'
import MarkdownIt from 'markdown-it'

const markdown = new MarkdownIt({ html: false, linkify: false, breaks: true })

// A picture would be fetched from somewhere; its address is shown instead.
markdown.renderer.rules.image = (tokens, at) => {
  const token = tokens[at]!
  return markdown.utils.escapeHtml(`[picture: ${token.content || 'without a text'}, ${token.attrGet('src') ?? ''}]`)
}

const tags =
  'p br hr h1 h2 h3 h4 h5 h6 strong em s del code pre blockquote ul ol li table thead tbody tr th td a span'.split(' ')

DOMPurify.addHook('afterSanitizeAttributes', (node) => {
  if (node.nodeName !== 'A') return
  const address = node.getAttribute('href')
  if (address === null || !/^https?:\/\//i.test(address) || !URL.canParse(address)) {
    node.removeAttribute('href')
    return
  }
  node.setAttribute('target', '_blank')
  node.setAttribute('rel', 'noopener noreferrer')
  node.setAttribute('title', address)
  const host = node.ownerDocument.createElement('span')
  host.className = 'leads-to'
  host.textContent = ` (${new URL(address).host})`
  node.append(host)
})

/** What the browser takes as HTML: with Trusted Types an object that only DOMPurify makes. */
export type SafeHtml = string & { readonly isSafe?: never }

export function renderedSafely(text: string): SafeHtml {
  return DOMPurify.sanitize(markdown.render(text), {
    ALLOWED_TAGS: tags,
    ALLOWED_ATTR: ['href', 'title', 'start', 'align', 'class'],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_TRUSTED_TYPE: true,
  }) as unknown as SafeHtml
}
