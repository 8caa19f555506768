/** The port of `itemwise serve` if none is named. */
export const usualPort = 7411
