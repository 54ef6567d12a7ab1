// Imported first, and plain enough for old versions to read: says what is missing before anything else fails.
const wanted = '20.19'
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Drover needs Node ${wanted} or newer; this is Node ${process.versions.node}.`)
  process.exit(1)
}
