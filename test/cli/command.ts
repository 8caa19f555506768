/** Runs the command line in a process of its own, as a person would. */
import { spawn } from 'node:child_process'
import { compileCache, program } from '../program.ts'

export interface Ended {
  code: number | null
  out: string
  err: string
}

/** Runs `itemwise` with these words in a folder, with no environment but PATH. */
export async function itemwise(folder: string, ...words: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...words], {
    cwd: folder,
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: compileCache },
  })
  child.stdin.end()
  const [out, err, code] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve)),
  ])
  return { code, out, err }
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  return Buffer.concat((await Array.fromAsync(stream)) as Buffer[]).toString()
}
