/** Whether one post really converts better than another, or only happened to. */

export interface Sample {
  visits: number
  conversions: number
}

/** From this on, chance is unlikely enough to act upon. */
export const SURE = 0.95

/**
 * How sure it is that `a` converts better than `b`, 0 to 1, by the two-proportion z-test; undefined while there is too
 * little of either to tell (fewer than 5 conversions or non-conversions of either).
 */
export function sureThatBetter(a: Sample, b: Sample): number | undefined {
  for (const { visits, conversions } of [a, b]) {
    if (conversions < 5 || visits - conversions < 5) return undefined
  }
  const [rateA, rateB] = [a.conversions / a.visits, b.conversions / b.visits]
  const pooled = (a.conversions + b.conversions) / (a.visits + b.visits)
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / a.visits + 1 / b.visits))
  return error === 0 ? undefined : normal((rateA - rateB) / error)
}

/** The distribution function of the standard normal (Abramowitz and Stegun 26.2.17; off by less than 1e-7). */
function normal(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z))
  const tail =
    (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) *
    (t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429)))))
  return z >= 0 ? 1 - tail : tail
}
