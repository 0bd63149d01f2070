// Checks the proof of one event from the formats alone: its leaf, the way to the root, the checkpoint and its signature.
// The formats are described in the auditors' guide, "By hand"; the service that is checked has no part in it.

/** A key that is written wrongly. */
export class NoKey extends Error {}

const PROOF = "leadledger-proof/v1";
const LEAF = "leadledger-leaf/v1\n";
const ED25519 = 1;
const DASH = "\u2014";

const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", await new Blob(parts).arrayBuffer()));
const byte = (value) => Uint8Array.of(value);
const utf8 = (text) => new TextEncoder().encode(text);
const hex = (bytes) => Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");

export const base64 = (bytes) => btoa(Array.from(bytes, (each) => String.fromCharCode(each)).join(""));

export function unbase64(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  if (base64(bytes) !== text) throw new Error("not base64 as it is written here");
  return bytes;
}

function whole(number, size) {
  if (!Number.isSafeInteger(number) || number < 0) throw new Error("no whole number");
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setBigUint64(0, BigInt(number));
  return new Uint8Array(bytes.buffer, 8 - size);
}

/** A text behind its length in bytes. */
const measured = (text) => new Blob([whole(utf8(text).length, 4), text]);

/** The leaf of an event, given the SHA-256 of its stored bytes. */
const leafOf = ({ position, stream, version, topic }, stored) =>
  sha256(byte(0), LEAF, whole(position, 8), measured(stream), whole(version, 8), measured(topic), stored);

/** The nodes from a leaf up to the root, each with the one beside it that it is made of (RFC 9162, 2.1.3.2). */
export async function wayUp(leaf, index, size, path) {
  const levels = [];
  let node = leaf;
  let number = index;
  let last = size - 1;
  for (const beside of path.map(unbase64)) {
    if (last === 0) throw new Error("the way is too long");
    while (number === last && number % 2 === 0) [number, last] = [number / 2, Math.floor(last / 2)];
    const isRight = number % 2 === 1;
    node = await (isRight ? sha256(byte(1), beside, node) : sha256(byte(1), node, beside));
    levels.push({ beside, isRight, node });
    [number, last] = [Math.floor(number / 2), Math.floor(last / 2)];
  }
  if (last !== 0) throw new Error("the way is too short");
  return { root: node, levels };
}

/** Whether nodes show that the tree of one checkpoint is the beginning of that of another (RFC 9162, 2.1.4.2). */
export async function isConsistent(old, now, path) {
  const same = (one, other) => base64(one) === base64(other);
  if (old.size === now.size) return path.length === 0 && same(old.root, now.root);
  let number = old.size - 1;
  let last = now.size - 1;
  while (number % 2 === 1) [number, last] = [(number - 1) / 2, Math.floor(last / 2)];
  const nodes = path.map(unbase64);
  let first = number === 0 ? old.root : nodes.shift();
  let second = first;
  for (const beside of nodes) {
    if (last === 0) return false;
    if (number % 2 === 1 || number === last) {
      first = await sha256(byte(1), beside, first);
      second = await sha256(byte(1), beside, second);
      while (number % 2 === 0 && number) [number, last] = [number / 2, Math.floor(last / 2)];
    } else {
      second = await sha256(byte(1), second, beside);
    }
    [number, last] = [Math.floor(number / 2), Math.floor(last / 2)];
  }
  return last === 0 && same(first, old.root) && same(second, now.root);
}

/** What a checkpoint's note says, its signatures unchecked. */
export function readNote(note) {
  const gap = note.lastIndexOf("\n\n");
  if (gap < 0 || !note.endsWith("\n")) throw new Error("no signed note");
  const text = note.slice(0, gap + 1);
  const [origin, size, root] = text.split("\n");
  if (!/^\d{1,15}$/.test(size)) throw new Error("no checkpoint");
  const signatures = note.slice(gap + 2, -1).split("\n").map(readSignature);
  return { text, origin, size: Number(size), root: unbase64(root), signatures };
}

function readSignature(line) {
  const [dash, name, signed, ...more] = line.split(" ");
  if (dash !== DASH || !signed || more.length) throw new Error("no signature");
  const bytes = unbase64(signed);
  return { name, hash: hex(bytes.subarray(0, 4)), signature: bytes.subarray(4) };
}

/** The public keys in a text, one in a line, each as `name+hash+key`. Throws `NoKey`. */
export async function readKeys(text) {
  const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
  if (!lines.length) throw new NoKey();
  return Promise.all(lines.map(readKey));
}

async function readKey(line) {
  const [name, hash, ...rest] = line.split("+");
  try {
    const key = unbase64(rest.join("+"));
    const expected = await sha256(name, "\n", key);
    if (key.length !== 33 || key[0] !== ED25519 || hex(expected.subarray(0, 4)) !== hash) throw new NoKey();
    return { name, hash, key: key.subarray(1) };
  } catch {
    throw new NoKey();
  }
}

/** Whether one of the keys has signed a note, and none wrongly: sound, altered, unknown or unsupported, and by whom. */
export async function checkSignature({ text, signatures }, keys) {
  const signed = [];
  for (const { name, hash, signature } of signatures) {
    const known = keys.find((key) => key.name === name && key.hash === hash);
    if (!known) continue;
    const fits = await verified(known.key, signature, utf8(text));
    if (fits === undefined) return { outcome: "unsupported", by: `${name}+${hash}` };
    if (!fits) return { outcome: "altered", by: `${name}+${hash}` };
    signed.push(`${name}+${hash}`);
  }
  const strangers = signatures.map(({ name, hash }) => `${name}+${hash}`);
  return signed.length ? { outcome: "sound", by: signed.join(", ") } : { outcome: "unknown", by: strangers.join(", ") };
}

/** Whether a signature fits; undefined where the browser knows no Ed25519. */
async function verified(key, signature, text) {
  try {
    const imported = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", imported, signature, text);
  } catch (error) {
    if (error.name === "NotSupportedError") return undefined;
    return false;
  }
}

/**
 * Check a proof file with public keys, and against what a page shows of the event; tell each step as it is done.
 * A step has a name, what was made, and perhaps an outcome. Answers the worst outcome.
 */
export async function checkProof(text, keys, shown, tell) {
  let outcomes = [];
  const step = (name, made, outcome = "sound", more = {}) => {
    outcomes.push(outcome);
    tell({ name, made, outcome, ...more });
  };
  const { format, event, checkpoint } = JSON.parse(text);
  if (format !== PROOF) throw new Error("another format");
  const state = unbase64(event.state);
  const stored = await sha256(state);
  step("stored", hex(stored));
  const told = whatIsTold(event, state);
  step("told", told, told === saidAs(shown) ? "sound" : "altered");
  const leaf = await leafOf(event, stored);
  step("leaf", base64(leaf));
  const note = readNote(checkpoint);
  const { root, levels } = await wayUp(leaf, event.position - 1, note.size, event.path);
  const leads = event.position <= note.size && base64(root) === base64(note.root);
  step("way", base64(root), leads ? "sound" : "altered", { levels });
  const { outcome, by } = await checkSignature(note, keys);
  step("signature", by, outcome, { note: checkpoint });
  return ["altered", "unknown", "unsupported"].find((each) => outcomes.includes(each)) ?? "sound";
}

const saidAs = ({ position, event, when, user }) => [event, when, user === "" ? "–" : user, position].join(" · ");

function whatIsTold({ topic, position }, state) {
  try {
    const { recorded_at: when, user_id: user } = JSON.parse(new TextDecoder().decode(state)).metadata;
    return saidAs({ position, event: topic, when, user: user ?? "" });
  } catch {
    return "–";
  }
}
