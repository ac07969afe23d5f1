import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

// While developing, the service's own addresses are passed on to a running shim: SHIM=http://127.0.0.1:8080 npm run dev
const shim = process.env.SHIM ?? 'http://127.0.0.1:8080'
const served = [
  '/campaigns',
  '/campaigns.csv',
  '/orders',
  '/customers',
  '/keys',
  '/me',
  '/status',
  '/attribution-failures',
  '/campaign.js',
  '/openapi.json',
  '/readyz',
  '/r/',
]
const proxy = Object.fromEntries(served.map((path) => [path, { target: shim }]))

export default defineConfig({
  plugins: [react()],
  server: { port: 5173, proxy },
  preview: { port: 4173, proxy },
  build: {
    target: 'es2022',
    // A data: URL would need a policy of its own.
    assetsInlineLimit: 0,
    reportCompressedSize: true,
  },
})
