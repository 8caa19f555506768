/**
 * What AWS charges for what a run uses: list prices of us-east-1 in USD, without the free tier. AWS's own pages could not be read (their
 * numbers come by script), so each price has the places where it was read, with their dates. Before you rely on one:
 * `aws pricing get-products`.
 */

export interface Price {
  usd: number
  /** What the price is for. */
  per: string
  /** Where it was read, and of which day that is. */
  read: string
}

const thousand = 1e-3
const million = 1e-6

/** When the table was last compared with its sources. */
export const pricesRead = '2026-11-26'

const infracost = "infracost's test data, from AWS's price list, 2024-07-01"

export const awsPrices = {
  s3Put: { usd: 0.005 * thousand, per: 'S3 `PUT` or `LIST`', read: `${infracost}; a design note of 2026-07-19` },
  s3Get: { usd: 0.0004 * thousand, per: 'S3 `GET`', read: `${infracost}; a design note of 2026-07-19` },
  s3Month: { usd: 0.023, per: 'S3, a GB and month', read: infracost },
  transition: {
    usd: 0.025 * thousand,
    per: 'Step Functions, a state transition (STANDARD)',
    read: `${infracost}; AWS's agent toolkit, 2026-08`,
  },
  lambdaGbSecond: {
    usd: 13.3334 * million,
    per: 'Lambda arm64, a GB-second',
    read: `${infracost}; a cost guide of 2026-05-11`,
  },
  lambdaCall: {
    usd: 0.2 * million,
    per: 'Lambda, a call',
    read: "infracost, 2024-07-01; AWS's page, read 2026-09-20",
  },
  tableWrite: {
    usd: 0.625 * million,
    per: 'DynamoDB, a write of 1 KB',
    read: "infracost's test data, 2024-11-15; a cost guide's reading of 2026-05-13",
  },
  tableRead: {
    usd: 0.125 * million,
    per: 'DynamoDB, a consistent read of 4 KB',
    read: "infracost's test data, 2024-11-15; a cost guide's reading of 2026-05-13",
  },
  logGb: { usd: 0.5, per: 'CloudWatch logs, a GB', read: 'guides of 2026-02 and 2026-06-13' },
  trace: { usd: 5 * million, per: 'X-Ray, a trace', read: "AWS's X-Ray page, 2026" },
  egressGb: { usd: 0.09, per: 'data to the internet, a GB after the first 100 a month', read: 'a guide of 2026-04-27' },
} as const satisfies Record<string, Price>
