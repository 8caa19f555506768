/** Finds the known names nearest to a mistyped one. */
import { distance } from 'fastest-levenshtein'

/** The known names nearest to `name`, nearest first; none that differ in more than a third of its letters. */
export function nearest(name: string, candidates: Iterable<string>, most = 3): string[] {
  const wanted = name.toLowerCase()
  const limit = Math.max(2, Math.floor(name.length / 3))
  return [...new Set(candidates)]
    .map((candidate) => ({ candidate, far: distanceTo(wanted, candidate.toLowerCase()) }))
    .filter(({ far }) => far <= limit)
    .sort((a, b) => a.far - b.far)
    .slice(0, most)
    .map(({ candidate }) => candidate)
}

/** A beginning or an end counts as near: `problems` for `problem_generator` is no typo, but `4` for `4001` may be. */
function distanceTo(wanted: string, candidate: string): number {
  const contained = wanted.length > 2 && (candidate.startsWith(wanted) || candidate.endsWith(wanted))
  return contained ? 1 : distance(wanted, candidate)
}

/** ` Did you mean a or b?`, or nothing if no name is near. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const near = nearest(name, candidates)
  return near.length === 0 ? '' : ` Did you mean ${near.join(' or ')}?`
}

/** `a, b, c and 12 more`: at most `most` names of a list that may be long. */
export function someOf(names: readonly string[], most = 10): string {
  if (names.length <= most) return names.join(', ')
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`
}
