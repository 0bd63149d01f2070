// A second verifier, in another language and from the formats alone: a bundle or proofs flow in, verdicts flow out.
// It exists to disagree: tests hold it against service/evidence/verifier.py and service/evidence/merkle.py.
import { createHash, createPublicKey, verify } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const node = (left, right) => sha256(Buffer.from([1]), left, right);
const u64 = (number) => { const bytes = Buffer.alloc(8); bytes.writeBigUInt64BE(BigInt(number)); return bytes; };
const u32 = (number) => { const bytes = Buffer.alloc(4); bytes.writeUInt32BE(number); return bytes; };
const fail = (what) => { throw new Error(what); };
const unbase64 = (text) => {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : fail("not base64");
};

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
  return isSigned ? text : fail("no known key");
}
const split = (key) => { const [name, hash, ...rest] = key.split("+"); return [name, hash, rest.join("+")]; };

function checkpoint(note, keys) {
  const [, size, root] = opened(note, keys).split("\n");
  return { size: Number(size), root: unbase64(root) };
}

function bundleIsSound(folder, known) {
  const read = (name) => readFileSync(join(folder, name));
  const keys = read("keys.txt").toString().split("\n").filter(Boolean);
  const lines = opened(read("manifest").toString(), keys).split("\n");
  if (!["leadledger-bundle/v1", "leadledger-bundle/v2"].includes(lines[0])) fail("another format");
  const listed = new Set();
  for (const line of lines.filter((line) => line.startsWith("file "))) {
    const [, digest, size, ...path] = line.split(" ");
    listed.add(path.join(" "));
    const content = read(path.join(" "));
    if (content.length !== Number(size) || sha256(content).toString("hex") !== digest) fail("another file");
  }
  for (const name of readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()))
    if (name.name !== "manifest" && !listed.has(join(name.parentPath ?? name.path, name.name).slice(folder.length + 1))) fail("not listed");
  const notes = [...readdirSync(join(folder, "checkpoints")).map((name) => read(join("checkpoints", name)).toString()), ...known];
  const due = notes.map((note) => checkpoint(note, keys)).sort((one, other) => one.size - other.size);
  const leaves = read("leaves.bin"), subtrees = [], versions = new Map();
  let size = 0;
  for (const line of read("entries.jsonl").toString().split("\n").slice(0, -1)) {
    const entry = JSON.parse(line), hash = leaf(entry);
    if (entry.position !== size + 1 || entry.version !== (versions.get(entry.stream) ?? 0) + 1) fail("out of order");
    if (!hash.equals(leaves.subarray(size * 32, size * 32 + 32))) fail("another leaf");
    versions.set(entry.stream, entry.version);
    grow(subtrees, size++, hash);
    while (due.length && due[0].size === size) if (!due.shift().root.equals(rootOf(subtrees))) fail("another root");
  }
  return due.length === 0 && leaves.length === size * 32;
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
  bundle: ({ folder, known }) => existsSync(folder) && bundleIsSound(folder, known),
};
const verdicts = JSON.parse(readFileSync(0)).map((vector) => {
  try {
    return kinds[vector.kind](vector);
  } catch {
    return false;
  }
});
console.log(JSON.stringify(verdicts));
