// Leads conversations with the official TypeScript SDK, as a program would that follows its turns to their ends, and
// says what that cost.
//
//   node turn.mjs FOLDER URL AT_ONCE TURNS
//
// FOLDER has the SDK in its node_modules. Prints one line: {"turns":…,"seconds":…,"cpu":…}, both in seconds.
import path from "node:path"
import { pathToFileURL } from "node:url"

const TURNS_OF_A_CONVERSATION = 4
const [folder, url, atOnce, turns] = process.argv.slice(2)
const entry = path.join(folder, "node_modules/@opencode-ai/sdk/dist/client.js")
const { createOpencodeClient } = await import(pathToFileURL(entry).href)
const client = createOpencodeClient({ baseUrl: url })

// What a program does at the least: find the session's text, append, and hear when the session is idle.
const running = new Map()
const { stream } = await client.global.event()
const connected = Promise.withResolvers?.() ?? deferred()
;(async () => {
  for await (const { payload } of stream) {
    if (payload.type === "server.connected") connected.resolve()
    const turn = running.get(payload.properties?.sessionID)
    if (!turn) continue
    if (payload.type === "message.part.delta") {
      const { partID, delta } = payload.properties
      turn.texts.set(partID, (turn.texts.get(partID) ?? "") + delta)
    } else if (payload.type === "session.idle") {
      turn.ended.resolve()
    }
  }
})()
await connected.promise

function deferred() {
  const deferred = {}
  deferred.promise = new Promise((resolve, reject) => Object.assign(deferred, { resolve, reject }))
  return deferred
}

let next = 0
async function converse(turns) {
  const query = { directory: `/srv/projects/${++next}` }
  const { data: session } = await client.session.create({ query, body: { title: "A conversation" } })
  for (let at = 0; at < turns; at++) {
    const turn = { texts: new Map(), ended: deferred() }
    running.set(session.id, turn)
    const text =
      "Explain in two or three sentences why the test in crates/opencode-store fails on the second run, " +
      "and change only what is needed so that it passes again, without touching the fixtures."
    await client.session.promptAsync({ path: { id: session.id }, query, body: { parts: [{ type: "text", text }] } })
    await turn.ended.promise
    // What counts is what is stored.
    const { data: messages } = await client.session.messages({ path: { id: session.id }, query: { ...query, limit: 2 } })
    const stored = messages.at(-1).parts.find((part) => part.type === "text").text
    const heard = [...turn.texts.values()].join("")
    if (stored !== heard) throw new Error("the answer is not whole")
  }
  running.delete(session.id)
}

async function lead(turns) {
  let left = turns
  const one = async () => {
    while (left > 0) {
      const now = Math.min(left, TURNS_OF_A_CONVERSATION)
      left -= now
      await converse(now)
    }
  }
  await Promise.all(Array.from({ length: Number(atOnce) }, one))
}

await lead(200)
const start = process.hrtime.bigint()
const cpu = process.cpuUsage()
await lead(Number(turns))
const seconds = Number(process.hrtime.bigint() - start) / 1e9
const used = process.cpuUsage(cpu)
console.log(JSON.stringify({ turns: Number(turns), seconds, cpu: (used.user + used.system) / 1e6 }))
process.exit(0)
