/** The figures that the stack is watched by: those of the Lambdas `process` and `fail`, and those of AWS itself. */
import { Duration } from 'aws-cdk-lib'
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch'

export const figureNames = [
  'ItemsAnswered',
  'ItemsFailed',
  'InputTokens',
  'OutputTokens',
  'CostUsd',
  'Throttles',
  'FailedRuns',
  'LateBatches',
] as const
export type FigureName = (typeof figureNames)[number]

/** One figure of this stack, all pipelines together. */
export function figure(stackName: string, name: FigureName, period = Duration.minutes(5)): Metric {
  return new Metric({
    namespace: 'Itemwise',
    metricName: name,
    dimensionsMap: { service: stackName },
    statistic: Stats.SUM,
    period,
  })
}

/** The same by pipeline, for a graph: an alarm cannot be set on a search. */
export function figureByPipeline(stackName: string, name: FigureName): MathExpression {
  return new MathExpression({
    expression: `SEARCH('{Itemwise,service,pipeline} service="${stackName}" MetricName="${name}"', 'Sum', 300)`,
    usingMetrics: {},
    label: '',
    period: Duration.minutes(5),
  })
}

/** Percent of items that failed, 0 if there were fewer than 20: of one item that failed, all failed. */
export function failedShare(stackName: string): MathExpression {
  const period = Duration.minutes(15)
  return new MathExpression({
    expression: 'IF(answered + failed >= 20, 100 * failed / (answered + failed), 0)',
    usingMetrics: {
      answered: figure(stackName, 'ItemsAnswered', period),
      failed: figure(stackName, 'ItemsFailed', period),
    },
    label: 'failed items, %',
    period,
  })
}
