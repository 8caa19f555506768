/** `itemwise flag <pipeline> <ids…>` */
import { saying } from './say.ts'

export const flag = saying('flag')
