/** What one look at the message batches of a step hands on to the next one. */

export interface LookState {
  /** Rounds that are over. */
  round: number
  /** Whether something was sent, or was to be, since the last batch was collected. */
  sent: boolean
  /** Whether the last sending left something for later. */
  later: boolean
  /** Whether an item failed in a step that stops on errors. */
  stops: boolean
  /** Looks since the last sending, or since the first one. */
  looks: number
  /** Epoch milliseconds since which the API has not known a batch; null if it knows all. */
  unknown_since: number | null
  /** Epoch milliseconds since which the API has been away; null if it is there. */
  paused_since: number | null
}

/** Of a step that nobody has looked after. */
export const noLook: LookState = {
  ...{ round: 0, sent: false, later: true, stops: false, looks: 0 },
  ...{ unknown_since: null, paused_since: null },
}
