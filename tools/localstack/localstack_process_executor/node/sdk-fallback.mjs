// A module resolve hook: a bare specifier that the function's own code does not bring is looked up
// in a given node_modules folder, as the AWS SDK is found in a managed runtime.
import path from 'node:path'
import { pathToFileURL } from 'node:url'

let base

export function initialize(modules) {
  base = pathToFileURL(path.join(modules, '..', 'noop.mjs')).href
}

export async function resolve(specifier, context, nextResolve) {
  try {
    return await nextResolve(specifier, context)
  } catch (error) {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND' || /^(\.|\/|file:|node:)/.test(specifier)) throw error
    return nextResolve(specifier, { ...context, parentURL: base })
  }
}
