/** A version that was made elsewhere: its files, and how the folder of a workspace takes it in. */
export { bringIn, type IncomingFile } from './folder/bring-in.ts'
