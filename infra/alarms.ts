/** When to call a person. Each alarm names the part of the runbook that says what to do. */
import { Duration } from 'aws-cdk-lib'
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import { failedShare, figure } from './figures.ts'
import type { Lambda } from './lambda.ts'
import type { FunctionName } from './permissions.ts'
import type { Settings } from './settings.ts'

export interface Watched {
  settings: Settings
  machine: StateMachine
  lambdas: Record<FunctionName, Lambda>
  unmarked: IQueue
}

interface Condition {
  metric: IMetric
  /** Alarms above this. */
  above: number
  /** A sentence, and the heading of docs/runbook.md that goes with it. */
  says: string
  runbook: string
  /** Periods in a row. Default 1. */
  periods?: number
}

/** Every alarm by its name. */
export function conditions({ settings, machine, lambdas, unmarked }: Watched): Record<string, Condition> {
  const { stackName, failedSharePercent, throttlesPerFiveMinutes, spendUsdPerHour } = settings
  const fiveMinutes = { period: Duration.minutes(5) }
  return {
    // Two alarms: a sum of two figures has no value if one of them has none.
    FailedRuns: {
      metric: figure(stackName, 'FailedRuns'),
      above: 0,
      says: 'A run has failed, not counting requests that were refused.',
      runbook: 'failed-runs',
    },
    TimedOutRuns: {
      metric: machine.metricTimedOut(fiveMinutes),
      above: 0,
      says: 'A run took longer than it may.',
      runbook: 'failed-runs',
    },
    FailedItems: {
      metric: failedShare(stackName),
      above: failedSharePercent,
      says: `More than ${failedSharePercent} % of the items of the last 15 minutes failed.`,
      runbook: 'failed-items',
    },
    ModelThrottled: {
      metric: figure(stackName, 'Throttles'),
      above: throttlesPerFiveMinutes,
      periods: 3,
      says: `Anthropic answered 429 or 529 more than ${throttlesPerFiveMinutes} times in five minutes, for a quarter of an hour.`,
      runbook: 'throttled-by-the-model',
    },
    LambdasThrottled: {
      metric: lambdas.process.function.metricThrottles(fiveMinutes),
      above: 0,
      periods: 3,
      says: 'Lambda has no concurrency left for process.',
      runbook: 'throttled-by-lambda',
    },
    Spend: {
      metric: figure(stackName, 'CostUsd', Duration.hours(1)),
      above: spendUsdPerHour,
      says: `Answers cost more than $${spendUsdPerHour} within an hour.`,
      runbook: 'spend',
    },
    LateBatches: {
      metric: figure(stackName, 'LateBatches'),
      above: 0,
      says: 'A message batch expires within two hours and has not ended: what is not answered then is asked for again.',
      runbook: 'late-message-batches',
    },
    UnmarkedRuns: {
      metric: unmarked.metricApproximateNumberOfMessagesVisible(fiveMinutes),
      above: 0,
      says: 'A run ended badly and its version could not be marked, or its message could not be sent.',
      runbook: 'unmarked-runs',
    },
  }
}

export class Alarms extends Construct {
  readonly all: Alarm[]

  constructor(scope: Construct, id: string, watched: Watched) {
    super(scope, id)
    this.all = Object.entries(conditions(watched)).map(
      ([name, { metric, above, says, runbook, periods = 1 }]) =>
        new Alarm(this, name, {
          metric,
          threshold: above,
          evaluationPeriods: periods,
          comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
          treatMissingData: TreatMissingData.NOT_BREACHING,
          alarmDescription: `${says} What to do: docs/runbook.md#${runbook}`,
        }),
    )
  }
}
