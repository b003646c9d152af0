// What Yjs, Automerge and PouchDB send to bring the second half of the answers on standard input (one JSON
// object a line) to a peer that holds the first half. Counted are the bytes of their own sync
// messages in both directions: no transport, no signatures, and nothing that says who may write.
import * as Automerge from "@automerge/automerge";
import memory from "pouchdb-adapter-memory";
import PouchDB from "pouchdb-core";
import replication from "pouchdb-replication";
import * as Y from "yjs";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const answers = readFileSync(0, "utf8").trim().split("\n").map((line) => JSON.parse(line));
const half = answers.length / 2;
// Sixteen bytes name an answer, as with us; as text, because keys are text there.
const id = (at) => createHash("sha256").update(`answer ${at}`).digest().subarray(0, 16).toString("base64url");

function tell(what, up, down, turns) {
  const per = (bytes) => Math.round((bytes / half) * 10) / 10;
  console.log(JSON.stringify({
    workload: "W1", case: "compared", what, answers: half,
    bytes_up: up, bytes_down: down, turns, per_answer: per(up + down),
  }));
}

// Yjs: one document, a map of answers; the peer's state vector, then the difference.
function yjs(encoding) {
  const officer = new Y.Doc();
  const peer = new Y.Doc();
  const map = officer.getMap("answers");
  answers.slice(0, half).forEach((answer, at) => map.set(id(at), answer));
  Y.applyUpdate(peer, Y.encodeStateAsUpdate(officer));
  const tablet = new Y.Doc();
  Y.applyUpdate(tablet, Y.encodeStateAsUpdate(peer));
  const own = tablet.getMap("answers");
  answers.slice(half).forEach((answer, at) => own.set(id(half + at), answer));
  const vectors = [Y.encodeStateVector(tablet), Y.encodeStateVector(peer)];
  const [encode, apply] = encoding === "v2"
    ? [Y.encodeStateAsUpdateV2, Y.applyUpdateV2] : [Y.encodeStateAsUpdate, Y.applyUpdate];
  const update = encode(tablet, vectors[1]);
  const back = encode(peer, vectors[0]);
  apply(peer, update);
  if (peer.getMap("answers").size !== answers.length) throw new Error("not everything arrived");
  tell(`yjs, one document, ${encoding}`, vectors[0].length + update.length, vectors[1].length + back.length, 1);
}

// Exchanges Automerge's sync messages until neither side has anything to say.
function exchange(one, other, states) {
  let [up, down, turns] = [0, 0, 0];
  for (;;) {
    let message;
    [states[0], message] = Automerge.generateSyncMessage(one, states[0]);
    let answer;
    if (message) {
      up += message.length;
      [other, states[1]] = Automerge.receiveSyncMessage(other, states[1], message);
    }
    [states[1], answer] = Automerge.generateSyncMessage(other, states[1]);
    if (answer) {
      down += answer.length;
      [one, states[0]] = Automerge.receiveSyncMessage(one, states[0], answer);
    }
    if (!message && !answer) return { one, other, up, down, turns };
    turns += 1;
  }
}

const fresh = () => [Automerge.initSyncState(), Automerge.initSyncState()];

// One document for all answers.
function together() {
  let peer = Automerge.change(Automerge.init(), (doc) => { doc.answers = {}; });
  answers.slice(0, half).forEach((answer, at) => {
    peer = Automerge.change(peer, (doc) => { doc.answers[id(at)] = answer; });
  });
  let tablet = Automerge.clone(peer);
  // They have met: both know where the other stands.
  const states = fresh();
  const met = exchange(tablet, peer, states);
  [tablet, peer] = [met.one, met.other];
  answers.slice(half).forEach((answer, at) => {
    tablet = Automerge.change(tablet, (doc) => { doc.answers[id(half + at)] = answer; });
  });
  const done = exchange(tablet, peer, states);
  if (Object.keys(done.other.answers).length !== answers.length) throw new Error("not everything arrived");
  tell("automerge, one document", done.up, done.down, done.turns);
}

// A document for each answer, as repositories of documents keep them; the old ones are not asked for.
function apart() {
  let [up, down, turns] = [0, 0, 0];
  answers.slice(half).forEach((answer) => {
    const done = exchange(Automerge.from(answer), Automerge.init(), fresh());
    up += done.up;
    down += done.down;
    turns = Math.max(turns, done.turns);
  });
  tell("automerge, a document for each answer", up, down, turns);
}

// PouchDB: a document for each answer, pushed by its own replicator to a peer that was pushed the
// first half (ids there may not begin with an underscore). What the replicator asks of the peer and hears from it is what it would send as the
// bodies of requests and answers, as JSON text.
async function pouch() {
  PouchDB.plugin(memory).plugin(replication);
  const [tablet, peer] = ["tablet", "peer"].map((name) => new PouchDB(name, { adapter: "memory" }));
  const enter = (part, from) =>
    tablet.bulkDocs(part.map((answer, at) => ({ _id: `a${id(from + at)}`, ...answer })));
  await enter(answers.slice(0, half), 0);
  await tablet.replicate.to(peer);
  await enter(answers.slice(half), half);
  let [up, down, turns] = [0, 0, 0];
  for (const asked of ["get", "put", "revsDiff", "bulkDocs"]) {
    const real = peer[asked].bind(peer);
    peer[asked] = async (first, ...rest) => {
      up += Buffer.byteLength(JSON.stringify(first));
      turns += 1;
      const heard = await real(first, ...rest);
      down += Buffer.byteLength(JSON.stringify(heard));
      return heard;
    };
  }
  await tablet.replicate.to(peer);
  if ((await peer.info()).doc_count !== answers.length) throw new Error("not everything arrived");
  tell("pouchdb, a document for each answer", up, down, turns);
}

yjs("v1");
yjs("v2");
together();
apart();
await pouch();
