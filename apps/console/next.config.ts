import type { NextConfig } from 'next'

/**
 * The build goes beside the running one (`NEXT_DIST_DIR`) and is swapped in afterwards, because a failed build
 * leaves a folder that cannot be started.
 */
const config: NextConfig = {
  distDir: process.env.NEXT_DIST_DIR ?? '.next',
  poweredByHeader: false,
  compress: true,
  devIndicators: false,
  reactStrictMode: true,
  transpilePackages: ['@drover/api-schema', '@drover/optimizer'],
  typescript: { tsconfigPath: 'tsconfig.json' },
}

export default config
