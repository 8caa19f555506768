/** Chooses the model: the API if there is a key, the stand-in if it is asked for. Neither ever replaces the other. */
import { ModelUnavailable, RequestRefused } from '../core/errors.ts'
import type { MessageBatches } from '../core/message-batches.ts'
import type { Model } from '../core/model.ts'
import { shownAddress } from '../models/calls/redaction.ts'

export interface ModelChoice {
  offline?: boolean | undefined
  apiKey?: string | undefined
  baseURL?: string | undefined
  /** How the stand-in is asked for, as the end of a sentence. Default: by the flag. */
  howOffline?: string | undefined
}

/** Loads only what is needed: the SDK is most of the time a command takes to start. Throws RequestRefused. */
export async function chooseModel({
  offline,
  apiKey,
  baseURL,
  howOffline = 'add --offline',
}: ModelChoice): Promise<Model> {
  if (offline) {
    const { StandIn } = await import('../models/offline/stand-in.ts')
    return new StandIn()
  }
  if (apiKey === undefined || apiKey.trim() === '') {
    throw new RequestRefused([
      `There is no API key, so nothing was started. Set ANTHROPIC_API_KEY to ask Claude, or ${howOffline} to try it with made-up answers that cost nothing.`,
    ])
  }
  refuseNoAddress(baseURL)
  const { LiveModel } = await import('../models/claude/live.ts')
  try {
    return new LiveModel(baseURL === undefined ? { apiKey } : { apiKey, baseURL })
  } catch (cause) {
    // Here nothing was begun yet: a key that cannot be sent is refused like one that is missing.
    if (!(cause instanceof ModelUnavailable)) throw cause
    throw new RequestRefused([cause.message], { cause })
  }
}

/** An address that is none would be found out by the first call, when a version has begun. */
function refuseNoAddress(baseURL: string | undefined): void {
  if (baseURL === undefined || /^https?:$/.test(URL.parse(baseURL)?.protocol ?? '')) return
  throw new RequestRefused([
    `ANTHROPIC_BASE_URL is ${shownAddress(baseURL)}. Expected the address of the API, beginning with https:// or http://. Correct it, or leave it out for Anthropic's own.`,
  ])
}

const notAsked = () => Promise.reject(new Error('A dry run asked the model.'))
const nothing = async function* () {}

const noBatches: MessageBatches = {
  most: { requests: 0, bytes: 0 },
  bytesOf: () => 0,
  ...{ create: notAsked, look: notAsked, cancel: notAsked, results: nothing, list: nothing },
}

/** The model of a dry run, which must not be asked. */
export class NoModel implements Model {
  readonly standIn: boolean
  readonly batches?: MessageBatches

  /** `batches`: whether the run could ask at half price. */
  constructor(standIn: boolean, batches = true) {
    this.standIn = standIn
    if (batches) this.batches = noBatches
  }

  ask(): Promise<never> {
    return notAsked()
  }
}
