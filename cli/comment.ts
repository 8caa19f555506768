/** `itemwise comment <pipeline> <ids…>` */
import { saying } from './say.ts'

export const comment = saying('comment')
