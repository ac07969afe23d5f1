// Builds, before the first test, the program that opens demo shops.
import { execFileSync } from 'node:child_process'

export default function buildStage(): void {
  execFileSync('cargo', ['build', '--quiet', '--package', 'pg_campaign_tests', '--bin', 'stage'], { stdio: 'inherit' })
}
