/**
 * What is wrong with a version, and how it is mended: by replaying the journal, or from the files that are left. No answer is ever deleted.
 * Long, since each finding is written beside the repair that it offers.
 */

import type { ResolvedStep, RunDocument } from '../documents.ts'
import { FileMissing, RunFailed } from '../errors.ts'
import { fail } from '../stages/fail.ts'
import { type Store, stepFiles, type VersionRef, versionFolder } from '../store.ts'
import { sha256 } from '../text/ids.ts'
import { batchesOut, damagedBatchRecords } from '../versions/message-batches.ts'
import { asideText, setAside } from '../versions/set-aside.ts'
import { copiedRun, mendRun, readRun, runAt, textIfThere } from '../versions/version-documents.ts'
import { stepFindings } from './doctor-step.ts'
import { countable, type DoctorTools, type ExaminedVersion } from './examined-version.ts'
import type { Finding } from './finding.ts'
import { metadataProblem, rebuildMetadata } from './rebuild-metadata.ts'

/** Everything that is wrong with a version, in the order in which it must be mended; undefined if a living process writes it. */
export async function examineVersion(tools: DoctorTools, ref: VersionRef): Promise<Finding[] | undefined> {
  const { store } = tools
  if (await tools.isHeld(ref)) return undefined
  const recordPath = `${versionFolder(ref)}/metadata.json`
  const text = await textIfThere(store, recordPath)
  const problem = text === undefined ? 'the file is missing' : metadataProblem(text)
  const metadata = problem === null ? (await store.version(ref))?.metadata : undefined
  const { run, finding } = await runOf(store, ref)
  const isFinished = metadata === undefined ? await looksFinished(tools, ref, run) : metadata.status === 'completed'
  const examined: ExaminedVersion = { ...tools, ref, metadata, run, isFinished }
  const findings: Finding[] = []
  if (problem !== null) findings.push(recordFinding(examined, { path: recordPath, problem, text: text ?? '' }))
  if (finding !== undefined) findings.push(finding)
  for (const step of run?.steps ?? [])
    findings.push(...(await templateFindings(examined, step)), ...(await stepFindings(examined, step)))
  if (metadata?.status !== 'completed') findings.push(...(await damagedBatchRecords(store, ref)).map(batchFinding))
  if (metadata?.status === 'running' && (await batchesOut(store, ref)).length === 0) findings.push(abandoned(examined))
  if (metadata?.status === 'completed' && findings.length === 0) findings.push(...(await leftWork(examined)))
  return findings
}

function batchFinding(path: string): Finding {
  return {
    path,
    found: 'It cannot be read: it was changed or cut off.',
    means:
      'It says what a message batch holds. Without it a resumed run ends at once, as the answers of that batch, which are paid for, could not be told from others.',
    remedy:
      'Nothing else holds this. Put the file back from a copy; or remove it, and the items of the batch are asked for again.',
    mend: null,
  }
}

/** Versions that are older than run.json have none, and neither ledgers. */
async function runOf(store: Store, ref: VersionRef): Promise<{ run?: RunDocument; finding?: Finding }> {
  const path = `${versionFolder(ref)}/run.json`
  try {
    return { run: await runAt(store, path) }
  } catch (error) {
    if (!(error instanceof FileMissing || error instanceof RunFailed)) throw error
    const missing = error instanceof FileMissing
    const found = missing ? 'The file is missing.' : 'It cannot be read: it was changed or cut off.'
    const run = await copiedRun(store, ref)
    if (run !== undefined) return { run, finding: copyFinding(store, ref, { path, found }) }
    if (missing && (await store.size(stepFiles(ref, 1).ledger)) === undefined) return {}
    return {
      finding: {
        path,
        found,
        means:
          'What was asked and with which settings is not known. This version can be neither resumed nor used as a base; its answers can still be read.',
        remedy: 'Nothing else holds this. Put the file back from a copy.',
        mend: null,
      },
    }
  }
}

/** An unfinished version has its run.json twice. */
function copyFinding(store: Store, ref: VersionRef, { path, found }: { path: string; found: string }): Finding {
  return {
    path,
    found,
    means: 'A resumed run takes the copy in work/, which goes when the version is completed.',
    remedy: 'Write it again from the copy. A resumed run does the same.',
    mend: async () => {
      const aside = await setAside(store, ref, path)
      const lease = await store.lease(ref)
      try {
        await mendRun(store, ref)
      } finally {
        await lease.release()
      }
      return `Written again.${asideText(aside)}`
    },
  }
}

/** The template as it was, by its sha256. */
async function templateFindings({ store, ref }: ExaminedVersion, step: ResolvedStep): Promise<Finding[]> {
  const path = `${versionFolder(ref)}/${step.template}`
  const text = await textIfThere(store, path)
  if (text !== undefined && sha256(text) === step.template_sha256) return []
  const isOwn = step.template_from === 'request'
  const today = isOwn
    ? await ownPrompt({ store, ref }, step)
    : await textIfThere(store, `prompts/${step.prompt_name}.md`)
  const same = today !== undefined && sha256(today) === step.template_sha256 ? today : undefined
  return [
    {
      path,
      found: text === undefined ? 'The template is missing.' : 'It is not the template that the version ran with.',
      means:
        'What was asked can be read in prompts/ only. An unfinished version cannot be resumed, or asks for everything again.',
      remedy:
        same === undefined
          ? 'Nothing else holds this. Put the file back from a copy.'
          : `Write it again from ${isOwn ? 'run.json, where it stands' : `prompts/${step.prompt_name}.md, which has not changed since`}.`,
      mend:
        same === undefined
          ? null
          : async () => {
              const aside = await setAside(store, ref, path)
              await store.write(path, same)
              return `Written again.${asideText(aside)}`
            },
    },
  ]
}

/** The prompt of a step whose request has it. */
async function ownPrompt(
  { store, ref }: Pick<ExaminedVersion, 'store' | 'ref'>,
  { step }: ResolvedStep,
): Promise<string | undefined> {
  return (await readRun(store, ref)).request.steps[step - 1]?.prompt
}

function recordFinding(
  examined: ExaminedVersion,
  { path, problem, text }: { path: string; problem: string; text: string },
): Finding {
  return {
    path,
    found: `The record cannot be read: ${problem}.`,
    means: 'Whatever reads it ends with an error, `itemwise list` too. The answers are not touched.',
    remedy: 'Make it anew from what can be read of it, run.json, the ledgers and the name of the folder.',
    mend: async () => {
      const { store, ref, run, isFinished, now } = examined
      const rebuilt = rebuildMetadata(ref, { text, run, finished: isFinished, now: now() })
      const aside = await setAside(store, ref, path)
      const stats = run === undefined ? {} : await countable(store, ref, run)
      await store.write(path, `${JSON.stringify({ ...rebuilt.metadata, stats }, null, 2)}\n`)
      const unknown = rebuilt.unknown.length === 0 ? '' : ` No longer known: ${rebuilt.unknown.join(', ')}.`
      return `Made anew as ${rebuilt.metadata.status}.${asideText(aside)}${unknown}`
    },
  }
}

/** Only a completed version has no work/ and a ledger of every step. */
async function looksFinished({ store }: DoctorTools, ref: VersionRef, run: RunDocument | undefined): Promise<boolean> {
  const work = await store.list(`${versionFolder(ref)}/work`)
  if (work.some((name) => /^\d/.test(name))) return false
  // A version older than run.json.
  if (run === undefined) return (await store.list(`${versionFolder(ref)}/collated`)).length > 0
  const ledgers = await Promise.all(run.steps.map(({ step }) => store.size(stepFiles(ref, step).ledger)))
  return ledgers.every((size) => size !== undefined)
}

/** Whether the version says that it is running and nobody runs it. */
export function isAbandoned(findings: Finding[], ref: VersionRef): boolean {
  return findings.some(({ path }) => path === versionFolder(ref))
}

function abandoned({ store, ref, run, now }: ExaminedVersion): Finding {
  return {
    path: versionFolder(ref),
    found: 'It says that it is running, but the process that ran it is gone.',
    means: 'It was killed, or the machine went down. What was answered is kept.',
    remedy: `Write down what there is and mark it as failed. \`itemwise resume\` continues it, before or after.`,
    mend: async () => {
      const lease = await store.lease(ref)
      try {
        const clock = { workedMs: () => lease.inheritedSeconds * 1000, now }
        const reason = 'The process that ran it is gone.'
        if (run === undefined) await store.updateVersion(ref, { status: 'failed' })
        else await fail(store, ref, { status: 'failed', reason, clock })
      } finally {
        await lease.release()
      }
      return 'Marked as failed; what it had answered is in its ledgers and arrays.'
    },
  }
}

/** A process killed between completing a version and clearing up. */
async function leftWork({ store, ref }: ExaminedVersion): Promise<Finding[]> {
  const path = `${versionFolder(ref)}/work`
  const left = (await store.list(path)).filter((name) => /^\d/.test(name))
  if (left.length === 0) return []
  return [
    {
      path,
      found: 'The version is completed, but what only an unfinished one needs is still there.',
      means: 'The process was killed while it cleared up. Nothing is missing.',
      remedy: 'Remove work/. Every answer in it is in the arrays.',
      mend: async () => {
        await store.removeWork(ref)
        return 'Removed.'
      },
    },
  ]
}

/** Whether `latest` leads to the highest completed version. */
export async function latestFinding(store: Store, pipeline: string): Promise<Finding[]> {
  const highest = await highestCompleted(store, pipeline)
  const latest = await store.latest(pipeline)
  if (highest === undefined || latest === highest) return []
  return [
    {
      path: `outputs/${pipeline}/latest`,
      found:
        latest === undefined
          ? 'It leads nowhere.'
          : `It leads to ${latest}, but ${highest} is the newest completed version.`,
      means: `Reruns and pipelines that read from outputs/${pipeline}/latest get ${latest === undefined ? 'nothing' : 'older answers'}.`,
      remedy: `Point it at ${highest}.`,
      mend: async () => `It leads to ${await store.moveLatest(pipeline)} now.`,
    },
  ]
}

async function highestCompleted(store: Store, pipeline: string): Promise<string | undefined> {
  for (const version of (await store.versions(pipeline)).reverse()) {
    const path = `${versionFolder({ pipeline, version })}/metadata.json`
    const text = await textIfThere(store, path)
    if (text === undefined || metadataProblem(text) !== null) continue
    if ((await store.version({ pipeline, version }))?.metadata.status === 'completed') return version
  }
  return undefined
}
