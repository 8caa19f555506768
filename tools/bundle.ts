/** How the command and the library are bundled: for the npm package, and for the tests, which run what users get. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild'
import { bundlePage } from './bundle-page.ts'

const root = resolve(import.meta.dirname, '..')

export interface Bundling {
  /** The folder the bundles are for. */
  outdir: string
  /** Further programs, by their names in `outdir`, as paths below the repository. */
  more?: Record<string, string>
}

/**
 * All of undici takes 60 ms to load at each start, three times what the two classes take that models/calls/transport.ts asks of it. Nobody
 * asks it for HTTP/2, and what it needs for that is 9 MB and 20 ms of Node.
 */
const littleOfUndici: Plugin = {
  name: 'little-of-undici',
  setup(build) {
    build.onResolve({ filter: /^undici$/ }, () => ({ path: 'undici', namespace: 'little-of-undici' }))
    build.onLoad({ filter: /.*/, namespace: 'little-of-undici' }, () => ({
      resolveDir: root,
      contents: `export { default as Agent } from 'undici/lib/dispatcher/agent.js'
export { default as EnvHttpProxyAgent } from 'undici/lib/dispatcher/env-http-proxy-agent.js'`,
    }))
    build.onLoad({ filter: /undici\/lib\/dispatcher\/client-h2\.js$/ }, () => ({
      contents: `module.exports = () => { throw new Error('HTTP/2 is left out of this bundle (tools/bundle.ts).') }`,
    }))
  },
}

/** The SDK builds headers once; Node's own `Headers` would bring all of its fetch (models/claude/plain-headers.ts). */
const plainHeaders: Plugin = {
  name: 'plain-headers',
  setup(build) {
    build.onLoad({ filter: /@anthropic-ai\/sdk\/internal\/headers\.mjs$/ }, ({ path }) => ({
      contents: `import { PlainHeaders as Headers } from ${JSON.stringify(join(root, 'models/claude/plain-headers.ts'))}
${readFileSync(path, 'utf8')}`,
    }))
  },
}

interface Bundled {
  outputFiles: { path: string; contents: Uint8Array }[]
  /** Every file that is in one of them, from the repository. */
  inputs: string[]
}

/** Bundles in memory; nothing is written. Throws where the source does not compile. */
export async function bundle({ outdir, more = {} }: Bundling): Promise<Bundled> {
  const options = {
    absWorkingDir: root,
    entryPoints: {
      'cli/main': 'cli/main.ts',
      index: 'index.ts',
      // A file of its own, so that what an old Node prints of it is short.
      'check-node': 'workspace/check-node.ts',
      'write-behind-thread': 'stores/folder/write-behind-thread.ts',
      ...more,
    },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    // Node shows the line in which an error was thrown that a program does not catch.
    lineLimit: 120,
    chunkNames: 'chunks/[name]-[hash]',
    metafile: true,
    write: false,
    plugins: [littleOfUndici, plainHeaders],
    // Some of what is bundled is CommonJS and asks for Node's own modules by require.
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
  } as const satisfies BuildOptions
  const [programs, page] = await Promise.all([build(options), bundlePage()])
  const metafiles: Metafile[] = [programs.metafile, page.metafile]
  return {
    outputFiles: [
      ...programs.outputFiles,
      ...page.files.map(({ path, contents }) => ({ path: join(root, outdir, 'page', path), contents })),
    ],
    inputs: metafiles.flatMap(({ inputs }) => Object.keys(inputs)),
  }
}
