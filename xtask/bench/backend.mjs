// Follows sessions with the official TypeScript SDK, an event stream for each of them, as a program would that gives
// each of its users a directory of his own.
//
//   node backend.mjs FOLDER URL
//
// FOLDER has the SDK in its node_modules. Each line of the input is an order, and is answered with a line:
//
//   speak N   one turn on each of N new sessions that have their streams; {"seconds":…,"cpu":…} of the turns alone
//   hold N    N more sessions that stay in the middle of their answers; `held` when all of them are there
import path from "node:path"
import { createInterface } from "node:readline"
import { pathToFileURL } from "node:url"

const DELTAS = 200
const TEXT = " a word"
const [folder, url] = process.argv.slice(2)
const entry = path.join(folder, "node_modules/@opencode-ai/sdk/dist/client.js")
const { createOpencodeClient } = await import(pathToFileURL(entry).href)
const client = createOpencodeClient({ baseUrl: url })

function deferred() {
  const deferred = {}
  deferred.promise = new Promise((resolve, reject) => Object.assign(deferred, { resolve, reject }))
  return deferred
}

let next = 0
async function open() {
  const query = { directory: `/srv/projects/sdk-${++next}` }
  const { data: session } = await client.session.create({ query, body: { title: "A conversation" } })
  const stop = new AbortController()
  const opened = { query, session, stop, texts: new Map(), deltas: 0, half: deferred(), ended: deferred() }
  const connected = deferred()
  const { stream } = await client.event.subscribe({ query, signal: stop.signal })
  // What a program does at the least: find the part, append, and hear when the session is idle.
  ;(async () => {
    for await (const event of stream) {
      if (event.type === "message.part.delta") {
        const { partID, delta } = event.properties
        opened.texts.set(partID, (opened.texts.get(partID) ?? "") + delta)
        if (++opened.deltas === DELTAS / 2) opened.half.resolve()
      } else if (event.type === "session.idle") {
        opened.ended.resolve()
      } else if (event.type === "server.connected") {
        connected.resolve()
      }
    }
  })()
  await connected.promise
  return opened
}

async function prompt({ query, session }) {
  const text =
    "Explain in two or three sentences why the test in crates/opencode-store fails on the second run, " +
    "and change only what is needed so that it passes again, without touching the fixtures."
  await client.session.promptAsync({ path: { id: session.id }, query, body: { parts: [{ type: "text", text }] } })
}

async function turn(opened) {
  await prompt(opened)
  await opened.ended.promise
  if ([...opened.texts.values()].join("") !== TEXT.repeat(DELTAS)) throw new Error("the answer is not whole")
}

async function several(count) {
  const sessions = []
  for (let at = 0; at < count; at++) sessions.push(await open())
  return sessions
}

async function speak(count) {
  const sessions = await several(count)
  const start = process.hrtime.bigint()
  const cpu = process.cpuUsage()
  await Promise.all(sessions.map(turn))
  const seconds = Number(process.hrtime.bigint() - start) / 1e9
  const used = process.cpuUsage(cpu)
  sessions.forEach((session) => session.stop.abort())
  return JSON.stringify({ seconds, cpu: (used.user + used.system) / 1e6 })
}

const held = []
async function hold(count) {
  const sessions = await several(count)
  held.push(...sessions)
  await Promise.all(sessions.map(prompt))
  await Promise.all(sessions.map((session) => session.half.promise))
  return "held"
}

const orders = { speak, hold }
for await (const line of createInterface({ input: process.stdin })) {
  const [order, count] = line.split(" ")
  console.log(await orders[order](Number(count)))
}
process.exit(0)
