/** How the table on AWS takes in a version that was made elsewhere. */
export { recordVersion, refuseReserved } from './s3-dynamodb/import-version.ts'
