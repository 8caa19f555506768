/** Checks workspace paths for any store: relative, and never upwards. */
import { posix, win32 } from 'node:path'
import { PathOutside } from '../core/errors.ts'

/** Throws PathOutside for `..`, an absolute path or a NUL. */
export function throwIfOutside(path: string): void {
  if (win32.isAbsolute(path) || path.includes('\0') || path.split(/[/\\]/).includes('..')) throw new PathOutside(path)
}

/** The key under which a bucket keeps a path; empty for the workspace itself. Throws PathOutside. */
export function keyOf(path: string): string {
  throwIfOutside(path)
  const key = posix.normalize(path).replace(/\/$/, '')
  return key === '.' ? '' : key
}
