/** The dashboard: runs, items, money and what holds them up, on one page. */
import { Duration } from 'aws-cdk-lib'
import type { RestApi } from 'aws-cdk-lib/aws-apigateway'
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
} from 'aws-cdk-lib/aws-cloudwatch'
import type { Construct } from 'constructs'
import type { Watched } from './alarms.ts'
import { failedShare, figure, figureByPipeline } from './figures.ts'

export interface DashboardProps extends Watched {
  rest: RestApi
  alarms: Alarm[]
}

export function dashboard(scope: Construct, props: DashboardProps): Dashboard {
  const { settings, alarms } = props
  return new Dashboard(scope, 'Dashboard', {
    defaultInterval: Duration.days(1),
    widgets: [
      [new AlarmStatusWidget({ title: `${settings.stackName}: alarms`, alarms, width: 24, height: 3 })],
      runs(props),
      items(settings.stackName),
      lambdas(props),
    ],
  })
}

function runs({ settings, machine, rest }: DashboardProps): IWidget[] {
  return [
    graph('Runs', [
      machine.metricStarted(),
      machine.metricSucceeded(),
      machine.metricFailed({ label: 'failed or refused' }),
      figure(settings.stackName, 'FailedRuns'),
      machine.metricTimedOut(),
      machine.metricAborted(),
    ]),
    graph('Duration of runs', [machine.metricTime()]),
    graph('API', [rest.metricCount(), rest.metricClientError(), rest.metricServerError()], [rest.metricLatency()]),
  ]
}

function items(service: string): IWidget[] {
  return [
    graph('Items', [figure(service, 'ItemsAnswered'), figure(service, 'ItemsFailed')], [failedShare(service)]),
    graph('Tokens', [figure(service, 'InputTokens'), figure(service, 'OutputTokens')], [figure(service, 'Throttles')]),
    graph('Cost by pipeline, USD', [figureByPipeline(service, 'CostUsd')]),
  ]
}

function lambdas({ lambdas, unmarked }: DashboardProps): IWidget[] {
  const functions = Object.values(lambdas).map((lambda) => lambda.function)
  return [
    graph('Lambda: at once', [lambdas.process.function.metric('ConcurrentExecutions', { statistic: 'Maximum' })]),
    graph(
      'Lambda: errors',
      functions.map((each) => each.metricErrors()),
      [unmarked.metricApproximateNumberOfMessagesVisible()],
    ),
    graph(
      'Lambda: time',
      functions.map((each) => each.metricDuration({ statistic: 'Maximum' })),
    ),
  ]
}

function graph(title: string, left: IMetric[], right: IMetric[] = []): GraphWidget {
  return new GraphWidget({ title, left, right, width: 8, height: 6 })
}
