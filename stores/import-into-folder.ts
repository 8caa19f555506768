/** A version that was made elsewhere: its files, and how the folder of a workspace takes it in. */
export { type IncomingFile, importVersion } from './folder/import-version.ts'
