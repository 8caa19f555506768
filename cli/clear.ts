/** `itemwise clear <pipeline> <ids…>` */
import { saying } from './say.ts'

export const clear = saying('clear')
