// A second verifier, in another language and from the formats alone: bundles, files with proofs and proofs flow in,
// with the keys of whoever asks, and verdicts flow out: 0 sound, 1 altered, 2 cannot be told. It exists to disagree:
// tests hold it against service/evidence/verifier/ and service/evidence/merkle.py. It adds up no totals and folds no deals.
import { createHash, createPublicKey, verify } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { CANNOT_TELL, fail, linesOf, number, unbase64, valuesIn, verdictOf } from "./reading.mjs";

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const node = (left, right) => sha256(Buffer.from([1]), left, right);
const whole = (number) => (Number.isInteger(number) && number >= 0 ? number : fail("no whole number"));
const u64 = (number) => { const bytes = Buffer.alloc(8); bytes.writeBigUInt64BE(BigInt(whole(number))); return bytes; };
const u32 = (number) => { const bytes = Buffer.alloc(4); bytes.writeUInt32BE(number); return bytes; };
function leaf({ position, stream, version, topic, state }) {
  const parts = [u64(position), u32(Buffer.byteLength(stream)), stream, u64(version), u32(Buffer.byteLength(topic)), topic];
  return sha256(Buffer.from([0]), "leadledger-leaf/v1\n", ...parts, sha256(unbase64(state)));
}

function grow(subtrees, size, added) {
  for (let left = size; left % 2 === 1; left = (left - 1) / 2) added = node(subtrees.pop(), added);
  subtrees.push(added);
}
const rootOf = (subtrees) => (subtrees.length ? subtrees.reduceRight((root, subtree) => node(subtree, root)) : sha256(""));

function opened(note, keys) {
  const gap = note.lastIndexOf("\n\n");
  const text = gap < 0 ? fail("unsigned") : note.slice(0, gap + 1);
  if (!note.endsWith("\n")) fail("cut off");
  let isSigned = false;
  for (const line of note.slice(gap + 2).split("\n").slice(0, -1)) {
    const [dash, name, signature, ...more] = line.split(" ");
    if (dash !== "\u2014" || !signature || more.length) fail("no signature");
    const signed = unbase64(signature);
    for (const key of keys) {
      const [keyName, hash, encoded] = split(key);
      if (keyName !== name || hash !== signed.subarray(0, 4).toString("hex")) continue;
      const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), unbase64(encoded).subarray(1)]);
      const publicKey = createPublicKey({ key: der, format: "der", type: "spki" });
      if (!verify(null, Buffer.from(text), publicKey, signed.subarray(4))) fail("wrong signature");
      isSigned = true;
    }
  }
  return isSigned ? text : fail("no known key", CANNOT_TELL);
}
const split = (key) => { const [name, hash, ...rest] = key.split("+"); return [name, hash, rest.join("+")]; };

function checkpoint(note, keys) {
  const [origin, size, root, ...lines] = opened(note, keys).split("\n");
  const said = Object.fromEntries(lines.filter(Boolean).map((line) => [line.split(" ")[0], line.slice(line.indexOf(" ") + 1)]));
  for (const each of [said.time, said.access?.split(" ")[0]]) if (each !== undefined) number(each);
  return { origin, size: number(size), root: unbase64(root), ...said };
}

// The checkpoints that trusted keys have signed: those given, and each that one which is trusted has named as its next.
function trusted(notes, keys) {
  const found = { signed: [], keys: [...keys], strangers: notes };
  for (let count = -1; count !== found.keys.length; ) {
    count = found.keys.length;
    found.strangers = found.strangers.filter((each) => {
      const said = verdictOf(() => found.signed.push({ ...each, ...checkpoint(each.note, found.keys) }));
      if (said === CANNOT_TELL) return true;
      if (said) fail("a checkpoint that was altered", each.isKnown ? CANNOT_TELL : undefined);
      const following = found.signed.at(-1)["next-key"];
      if (following && !found.keys.includes(following)) found.keys.push(following);
      return false;
    });
  }
  return found.signed.length ? found : fail("signed by strangers only", CANNOT_TELL);
}

// The incarnations of a log: each names the last checkpoint of the one before, and says openly what a restore lost of it.

const incarnationOf = (origin) => origin.split("/").slice(-2).join("/");
const numberOf = (incarnation) => Number(incarnation.split("/")[1]);

class Incarnations {
  constructor(signed, told) {
    this.told = told.map(([number, , instance, note]) => ({ number, incarnation: `${instance}/${number}`, note }));
    this.present = signed.map((each) => incarnationOf(each.origin)).sort((one, other) => numberOf(one) - numberOf(other)).at(-1);
    this.checkTold(signed);
    this.ends = new Map();
    this.restored = new Map();
    this.lost = new Set();
    for (const { origin, size, isKnown } of signed)
      if (!isKnown) this.restored.set(incarnationOf(origin), Math.max(size, this.restored.get(incarnationOf(origin)) ?? 0));
    for (const { follows } of signed.filter((each) => each.follows)) {
      const [origin, size, root] = follows.split(" "), end = { origin, size: number(size), root: unbase64(root) };
      const before = this.ends.get(incarnationOf(origin)) ?? end;
      if (before.size !== end.size || !before.root.equals(end.root)) fail("two ends of one incarnation");
      this.ends.set(incarnationOf(origin), before);
    }
  }

  checkTold(signed) {
    const logs = new Set(this.told.map(({ incarnation }) => incarnation.split("/")[0]));
    if (this.told.some(({ number }, index) => index && number <= this.told[index - 1].number) || logs.size > 1) fail("no order");
    if (this.told.length && !this.told.some(({ incarnation }) => incarnation === this.present)) fail("one that nobody tells of");
    for (const { number, incarnation, note } of this.told) {
      const end = note?.split("\n").slice(0, 3).join(" ");
      if (signed.some(({ origin, follows }) => follows && incarnationOf(origin) === incarnation && follows !== end)) fail("another end");
      const [log, ended] = incarnationOf(end?.split(" ")[0] ?? "").split("/");
      if (log === incarnation.split("/")[0] && Number(ended) >= number) fail("an incarnation that follows itself");
    }
    for (const { number, note } of this.told.filter((each) => each.note)) {
      const before = signed.filter((each) => numberOf(incarnationOf(each.origin)) < number).map((each) => each.size);
      if (Math.max(0, ...before) > Number(note.split("\n")[1])) fail("an incarnation that ended later");
    }
  }

  excuse(each) {
    this.lost.add(each);
    const incarnation = incarnationOf(each.origin), end = this.ends.get(incarnation), [log, number] = incarnation.split("/");
    const isLater = (other) => other.split("/")[0] === log && Number(other.split("/")[1]) > Number(number);
    const isEnd = end && each.size === end.size && each.root.equals(end.root);
    const isTold = end ? each.size < end.size || isEnd : [...this.ends.keys()].some(isLater);
    if (!isTold || each.size <= (this.restored.get(incarnation) ?? 0)) fail("another log");
  }

  check() {
    const kept = [...this.lost].filter((each) => each.isKnown);
    for (const each of kept) {
      const end = this.ends.get(incarnationOf(each.origin));
      if (end && !this.lost.has(end)) fail("no restore has lost that");
    }
    if (kept.length || this.doubt) fail(this.doubt ?? "a restore lost what somebody knows", CANNOT_TELL);
  }
}

// The heads of streams: a sparse tree, in which a subtree with one stream is that stream's leaf.

const bits = (stream) => [...Buffer.from(stream, "hex")].flatMap((byte) => [7, 6, 5, 4, 3, 2, 1, 0].map((bit) => (byte >> bit) & 1));

function headLeaf([stream, version, position]) {
  if (!/^[0-9a-f]{32}$/.test(stream)) fail("no stream");
  const told = [u32(stream.length), stream, u64(version), u64(position)];
  return sha256(Buffer.from([0]), "leadledger-stream-head/v1\n", ...told);
}

function headsRoot(heads, depth = 0) {
  if (heads.length < 2) return heads.length ? headLeaf(heads[0].head) : sha256("");
  const side = (bit) => headsRoot(heads.filter((each) => each.way[depth] === bit), depth + 1);
  return node(side(0), side(1));
}

function provenHead(stream, { end, beside }, root) {
  const way = bits(stream), theirs = end ? bits(end[0]) : way;
  if (beside.length > 128 || beside.some((_, depth) => way[depth] !== theirs[depth])) fail("another way");
  const found = beside.reduceRight((below, other, depth) => {
    return way[depth] ? node(unbase64(other), below) : node(below, unbase64(other));
  }, end ? headLeaf(end) : sha256(""));
  if (!found.equals(root)) fail("another head");
  return end && end[0] === stream ? end : null;
}

// A bundle

const stateOf = (entry) => JSON.parse(unbase64(entry.state));

// A state stands in its line as it is stored, where it is an object on one line, or in base64, as all did in older bundles.
// There is no other way to write an event, so the line is written again and compared.
function entryOf(line) {
  const begins = line.indexOf(STATE) + STATE.length, state = line.subarray(begins, -1);
  const { position, stream, version, topic } = JSON.parse(`${line.subarray(0, begins)}null}`);
  const isObject = state.at(0) === 0x7b && state.at(-1) === 0x7d;
  const entry = { position, stream, version, topic, state: isObject ? state.toString("base64") : JSON.parse(state) };
  const named = JSON.stringify({ position, stream, version, topic }).slice(0, -1) + STATE;
  const written = [Buffer.from(named), isObject ? state : Buffer.from(JSON.stringify(entry.state)), Buffer.from("}")];
  if (!line.equals(Buffer.concat(written)) || ![stream, topic].every((text) => text.isWellFormed())) fail("another line");
  return entry;
}
const STATE = ',"state":';
function* entriesIn(content) {
  let start = 0;
  for (let end; (end = content.indexOf("\n", start)) >= 0; start = end + 1) yield entryOf(content.subarray(start, end));
  if (start < content.length) fail("a line that does not end");
}
const recordedAt = (entry) => stateOf(entry).metadata.recorded_at;
// A later form may differ in all, so whoever signed the manifest is believed that it is one, before anything else is read.
// Answers the form, and nothing where no key that is trusted has signed the manifest.
function formOf(read, keys) {
  let form;
  verdictOf(() => ([form] = opened(read("manifest").toString(), keys).split("\n")));
  return form === undefined || /^leadledger-bundle\/v[123]$/.test(form) ? form : fail("another form", CANNOT_TELL);
}

function checkManifest(folder, read, keys) {
  const lines = opened(read("manifest").toString(), keys).split("\n");
  const listed = new Set();
  for (const line of lines.filter((line) => line.startsWith("file "))) {
    const [, digest, size, ...path] = line.split(" ");
    listed.add(path.join(" "));
    const content = read(path.join(" "));
    if (String(content.length) !== size || sha256(content).toString("hex") !== digest) fail("another file");
  }
  for (const name of readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()))
    if (name.name !== "manifest" && !listed.has(join(name.parentPath ?? name.path, name.name).slice(folder.length + 1))) fail("not listed");
}

function checkEvents(entries, leaves, due, incarnations) {
  const subtrees = [], heads = new Map();
  let size = 0, time = "";
  for (const entry of entries) {
    const hash = leaf(entry), recorded = recordedAt(entry);
    const [, before] = heads.get(entry.stream)?.head ?? [entry.stream, 0];
    if (entry.position !== size + 1 || entry.version !== before + 1) fail("out of order");
    if (recorded < time) fail("a time that went back");
    if (!hash.equals(leaves.subarray(size * 32, size * 32 + 32))) fail("another leaf");
    heads.set(entry.stream, { way: bits(entry.stream), head: [entry.stream, entry.version, entry.position] });
    time = recorded;
    grow(subtrees, size++, hash);
    while (due.length && due[0].size === size) {
      const sealed = due.shift(), { root, streams } = sealed;
      if (Math.floor(Date.parse(time) / 1000) > Number(sealed.time ?? Infinity)) incarnations.doubt = "a time that had not come yet";
      if (!root.equals(rootOf(subtrees))) incarnations.excuse(sealed);
      else if (streams && !unbase64(streams).equals(headsRoot([...heads.values()]))) fail("other heads");
    }
  }
  for (const each of due) incarnations.excuse(each);
  if (leaves.length !== size * 32) fail("another size");
}

function readableFrom(line) {
  const [stream, version, ...more] = line.split(" ");
  return more.length ? fail("another line") : [stream, number(version)];
}

function checkErasures(entries, readableFrom) {
  const erasedUpTo = new Map(), unexplained = new Set(), byNumber = new Map();
  for (const { topic, ...entry } of entries.filter((each) => /^(Person)?Eras/.test(each.topic))) {
    const { data } = stateOf(entry);
    if (topic === "ErasureStarted") for (const each of Object.entries(data.streams)) erasedUpTo.set(...each);
    if (topic === "PersonErasureStarted") byNumber.set(data.person_id, Infinity);
    if (topic === "PersonErased") byNumber.set(data.person_id, data.keys);
  }
  for (const [stream, version] of erasedUpTo) if ((readableFrom.get(stream) ?? 1) <= version) fail("readable, though erased");
  for (const entry of entries) {
    const isLost = entry.version < (readableFrom.get(entry.stream) ?? 1) && stateOf(entry).encrypted;
    if (isLost && entry.version > (erasedUpTo.get(entry.stream) ?? 0)) unexplained.add(entry.stream);
  }
  const room = [...byNumber.values()].reduce((sum, keys) => sum + keys, 0);
  if (unexplained.size) fail("what cannot be read is not explained", unexplained.size > room ? 1 : CANNOT_TELL);
}

// No two checkpoints of one incarnation say different things of the same events, and none of fewer events is a later one.
function checkAgreement(signed) {
  const said = new Map();
  for (const { origin, size, root, streams, access } of signed) {
    const values = { events: root.toString("base64"), streams, [`access ${access?.split(" ")[0]}`]: access };
    for (const [what, value] of Object.entries(values)) {
      const key = `${incarnationOf(origin)} ${what.startsWith("access") ? what : `${what} ${size}`}`;
      if (value && (said.get(key) ?? value) !== value) fail("the signer contradicts itself");
      said.set(key, value);
    }
  }
  for (const one of signed)
    for (const other of signed.filter((each) => incarnationOf(each.origin) === incarnationOf(one.origin)))
      if (Number(one.time) > Number(other.time) && one.size < other.size) fail("later, and of fewer events");
}

function checkAccess(read, sealed) {
  const due = new Set(sealed.filter(Boolean));
  let before = Buffer.alloc(0), count = 0;
  for (const line of linesOf(read("access.jsonl"))) {
    const record = valuesIn(line), hash = record.pop();
    const texts = record.map((value) => Buffer.from(String(value)));
    before = sha256("leadledger-access/v1\n", before, ...texts.flatMap((text) => [u32(text.length), text]));
    if (record[0] !== ++count || !before.equals(unbase64(hash))) fail("another access record");
    due.delete(`${count} ${hash}`);
  }
  if (due.size) fail("access records are missing");
}

function bundleIsSound({ folder, known, keys }) {
  if (!existsSync(join(folder, "manifest"))) fail("no bundle", CANNOT_TELL);
  const read = (name) => readFileSync(join(folder, name));
  const signedNotes = existsSync(join(folder, "checkpoints")) ? readdirSync(join(folder, "checkpoints")) : [];
  const notes = signedNotes.map((name) => read(join("checkpoints", name)).toString());
  const all = [...notes.map((note) => ({ note })), ...known.map((note) => ({ note, isKnown: true }))];
  const { signed, strangers, keys: allKeys } = trusted(all, keys);
  const form = formOf(read, allKeys);
  const told = existsSync(join(folder, "lives.jsonl")) ? linesOf(read("lives.jsonl")).map(valuesIn) : [];
  const incarnations = new Incarnations(signed, told);
  checkAgreement(signed);
  const entries = [...entriesIn(read("entries.jsonl"))];
  const due = [...signed, ...incarnations.ends.values()].sort((one, other) => one.size - other.size);
  checkEvents(entries, read("leaves.bin"), due, incarnations);
  checkAccess(read, signed.filter((each) => !each.isKnown || incarnationOf(each.origin) === incarnations.present).map((each) => each.access));
  checkManifest(folder, read, allKeys);
  if (form === "leadledger-bundle/v1") fail("it does not say what can be read", CANNOT_TELL);
  checkErasures(entries, new Map(linesOf(read("readable-from.txt")).map(readableFrom)));
  incarnations.check();
  if (strangers.length) fail("signed by a stranger", CANNOT_TELL);
  return true;
}

// A file with a proof

function streamOf(kind, id) {
  if (kind === "lead") return id.replaceAll("-", "");
  const name = createHash("sha1").update(Buffer.from("6f0e1d5c9a555f0e8a4e1eadc0de1ed6", "hex")).update(`${kind}/${id}`);
  const bytes = name.digest().subarray(0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x50;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.toString("hex");
}

function checkSealed(event, { size, root }) {
  const told = { leaf: leaf(event).toString("base64"), index: event.position - 1, size, path: event.path };
  if (!isIncluded({ ...told, root: root.toString("base64") })) fail("an event that is not sealed");
}

function checkStream({ kind, id, events, ...way }, { position, time }, sealed) {
  const stream = streamOf(kind, id), head = provenHead(stream, way, unbase64(sealed.streams ?? fail("no heads")));
  events.forEach((event, index) => {
    checkSealed(event, sealed);
    if (event.stream !== stream || event.version !== index + 1) fail("an event is left out");
    if (index && event.position <= events[index - 1].position) fail("out of order");
  });
  const before = events.filter((event) => event.position <= position), last = events.at(-1);
  const isWhole = head ? head[1] === last?.version && head[2] === last.position : !last;
  if (before.length === events.length ? !isWhole : !head || head[1] < events.length) fail("an end is left out");
  if (time && before.some((event) => recordedAt(event) > time)) fail("a later event");
  if (time && events.slice(before.length).some((event) => recordedAt(event) <= time)) fail("an earlier event");
}

function fileIsSound({ content, keys }) {
  const told = JSON.parse(content);
  if (told.format !== "leadledger-proof/v1") fail("another format", CANNOT_TELL);
  const sealed = checkpoint(told.checkpoint, keys);
  if (told.event) checkSealed(told.event, sealed);
  else {
    if (whole(told.as_of.position) > sealed.size) fail("not sealed yet", CANNOT_TELL);
    const [asked, ...stages] = told.streams;
    if (asked.kind !== "lead" && asked.kind !== "deal") fail("something else", typeof asked.kind === "string" ? CANNOT_TELL : 1);
    checkStream(asked, told.as_of, sealed);
    for (const stage of stages) {
      if (stage.kind !== "stage") fail("no stage");
      checkStream({ ...stage, id: whole(stage.id) }, { position: told.as_of.position }, sealed);
    }
  }
  return true;
}

function isIncluded({ leaf, index, size, path, root }) {
  if (index < 0 || index >= size) return false;
  const walk = (start, stop, used) => {
    if (stop - start === 1) return [unbase64(leaf), used];
    let left = 1;
    while (left * 2 < stop - start) left *= 2;
    const isLeft = index < start + left;
    const [below, next] = isLeft ? walk(start, start + left, used) : walk(start + left, stop, used);
    if (next >= path.length) fail("too short");
    const beside = unbase64(path[next]);
    return [isLeft ? node(below, beside) : node(beside, below), next + 1];
  };
  const [found, used] = walk(0, size, 0);
  return used === path.length && found.equals(unbase64(root));
}

function isConsistent({ old, size, path, oldRoot, root }) {
  if (old < 1 || old > size) return false;
  const walk = (start, stop, isWhole, used) => {
    if (stop === old) {
      if (isWhole) return [unbase64(oldRoot), unbase64(oldRoot), used];
      if (used >= path.length) fail("too short");
      return [unbase64(path[used]), unbase64(path[used]), used + 1];
    }
    let left = 1;
    while (left * 2 < stop - start) left *= 2;
    const isLeft = old <= start + left;
    const [before, now, next] = isLeft ? walk(start, start + left, isWhole, used) : walk(start + left, stop, false, used);
    if (next >= path.length) fail("too short");
    const beside = unbase64(path[next]);
    return isLeft ? [before, node(now, beside), next + 1] : [node(beside, before), node(beside, now), next + 1];
  };
  const [before, now, used] = walk(0, size, true, 0);
  return used === path.length && before.equals(unbase64(oldRoot)) && now.equals(unbase64(root));
}

const kinds = {
  inclusion: isIncluded,
  consistency: isConsistent,
  bundle: bundleIsSound,
  file: fileIsSound,
};
const verdicts = JSON.parse(readFileSync(0)).map((vector) => verdictOf(() => kinds[vector.kind](vector) || fail("not so")));
console.log(JSON.stringify(verdicts));
