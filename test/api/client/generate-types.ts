/**
 * `node generate-types.ts <openapi.json>`: prints the types that openapi-typescript makes of a description. It needs the compiler's
 * API of TypeScript 5 or 6, and TypeScript 7 has none: it gets the one that @ts-morph/common brings along.
 */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

registerHooks({
  resolve: (name, context, next) => next(name === 'typescript' ? '@ts-morph/common/dist/typescript.js' : name, context),
})

const { default: openapiTypescript, astToString } = await import('openapi-typescript')
const description = readFileSync(process.argv[2] ?? '', 'utf8')
process.stdout.write(astToString(await openapiTypescript(description)))
