// Reads events with the official TypeScript SDK, as fast as they come, and says what that cost.
//
//   node sdk.mjs FOLDER URL EVENTS
//
// FOLDER has the SDK in its node_modules. Prints one line: {"events":…,"seconds":…,"cpu":…}, both in seconds.
import path from "node:path"
import { pathToFileURL } from "node:url"

const [folder, url, events] = process.argv.slice(2)
const entry = path.join(folder, "node_modules/@opencode-ai/sdk/dist/client.js")
const { createOpencodeClient } = await import(pathToFileURL(entry).href)
const { stream } = await createOpencodeClient({ baseUrl: url }).global.event()

// What a program does with them at the least: find the part, and append.
const texts = new Map()
let seen = 0
let start, cpu
for await (const { payload } of stream) {
  if (payload.type !== "message.part.delta") continue
  if (seen++ === 0) {
    start = process.hrtime.bigint()
    cpu = process.cpuUsage()
  }
  const { partID, delta } = payload.properties
  texts.set(partID, (texts.get(partID) ?? "") + delta)
  if (seen > Number(events)) break
}
const seconds = Number(process.hrtime.bigint() - start) / 1e9
const used = process.cpuUsage(cpu)
console.log(JSON.stringify({ events: seen - 1, seconds, cpu: (used.user + used.system) / 1e6 }))
process.exit(0)
