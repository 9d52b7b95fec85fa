// Checks proofs of the ledger: RFC 6962 hashing, C2SP tlog-proof, tlog-checkpoint and signed-note, Ed25519 by WebCrypto.
// Pure but for crypto.subtle: no page, no network, no storage. Each refusal names the step that is broken.
const MAGIC = "c2sp.org/tlog-proof@v1";
const HASH = 32;
const ED25519 = 1;
const ANNOUNCED = "audit:log-key:announced";
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

export class Broken extends Error {
  constructor(step, reason) {
    super(`${step}: ${reason}`);
    this.step = step;
    this.reason = reason;
  }
}

const join = (...parts) => {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole;
};

const same = (one, other) => one.length === other.length && one.every((byte, nth) => byte === other[nth]);

const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts)));

export const leafHash = (leaf) => sha256(Uint8Array.of(0), leaf);

const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);

const toBase64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

// Strict: a value has one spelling, as it has for every other verifier.
export const fromBase64 = (text, step) => {
  let bytes;
  try {
    bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    throw new Broken(step, "base64");
  }
  if (toBase64(bytes) !== text) throw new Broken(step, "base64");
  return bytes;
};

export const base64url = (bytes) => toBase64(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const hashes = (texts, step) => {
  const read = texts.map((text) => fromBase64(text, step));
  if (read.some((hash) => hash.length !== HASH)) throw new Broken(step, "hash");
  return read;
};

// A number beyond what JavaScript counts exactly is refused, not rounded.
const readNumber = (text, step) => {
  const number = Number(text);
  if (!/^(0|[1-9]\d{0,15})$/.test(text) || !Number.isSafeInteger(number)) throw new Broken(step, "number");
  return number;
};

const levels = (size) => {
  let count = 0;
  for (let room = 1; room < size; room *= 2) count += 1;
  return count;
};

// At a height: the number of the node beside the one that holds `index`, whether it is on the left, where it begins.
const beside = (index, height) => {
  const span = 2 ** height;
  const node = Math.floor(index / span);
  const odd = node % 2 === 1;
  return { odd, begins: (odd ? node - 1 : node + 1) * span };
};

export const rootFrom = async (index, size, leaf, path, step) => {
  if (!(index >= 0 && index < size)) throw new Broken(step, "size");
  const left = [...path];
  let joined = leaf;
  for (let height = 0; height < levels(size); height += 1) {
    const { odd, begins } = beside(index, height);
    if (begins >= size) continue;
    const hash = left.shift();
    if (!hash) throw new Broken(step, "length");
    joined = odd ? await nodeHash(hash, joined) : await nodeHash(joined, hash);
  }
  if (left.length) throw new Broken(step, "length");
  return joined;
};

// RFC 9162, 2.1.4.2: the tree of `larger` leaves begins with that of `smaller`.
export const continues = async (smaller, larger, root, newRoot, proof) => {
  if (!(smaller > 0 && smaller <= larger)) throw new Broken("memory", "size");
  if (smaller === larger) {
    if (proof.length || !same(root, newRoot)) throw new Broken("memory", "root");
    return;
  }
  const left = [...proof];
  const next = () => {
    const hash = left.shift();
    if (!hash) throw new Broken("memory", "length");
    return hash;
  };
  let height = 0;
  while (smaller % 2 ** (height + 1) === 0) height += 1;
  let older = smaller === 2 ** height ? root : next();
  let newer = older;
  for (; height < levels(larger); height += 1) {
    const { odd, begins } = beside(smaller - 1, height);
    if (begins >= larger) continue;
    const hash = next();
    if (odd) older = await nodeHash(hash, older);
    newer = odd ? await nodeHash(hash, newer) : await nodeHash(newer, hash);
  }
  if (left.length || !same(older, root) || !same(newer, newRoot)) throw new Broken("memory", "root");
};

export const readProof = (text) => {
  const gap = text.indexOf("\n\n");
  const lines = text.slice(0, Math.max(gap, 0)).split("\n");
  if (gap < 0 || lines[0] !== MAGIC || lines.length < 3) throw new Broken("path", "file");
  const [, extra, index, ...path] = lines;
  if (!extra.startsWith("extra ") || !index.startsWith("index ")) throw new Broken("path", "file");
  return {
    leaf: fromBase64(extra.slice(6), "path"),
    index: readNumber(index.slice(6), "path"),
    path: hashes(path, "path"),
    note: text.slice(gap + 2),
  };
};

export const readCheckpoint = (note) => {
  const gap = note.lastIndexOf("\n\n");
  if (gap < 0 || !note.endsWith("\n")) throw new Broken("signature", "note");
  const text = note.slice(0, gap + 1);
  const lines = text.split("\n");
  if (lines.length < 4 || !lines[0]) throw new Broken("signature", "checkpoint");
  const [root] = hashes([lines[2]], "signature");
  return { text, origin: lines[0], size: readNumber(lines[1], "signature"), root, signatures: note.slice(gap + 2, -1).split("\n") };
};

export const readKey = async (vkey) => {
  const found = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/.exec(vkey);
  if (!found) throw new Broken("signature", "key");
  const body = fromBase64(found[3], "signature");
  const id = (await sha256(encoder.encode(`${found[1]}\n`), body)).slice(0, 4);
  const hex = Array.from(id, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (hex !== found[2] || body[0] !== ED25519 || body.length !== 1 + HASH) throw new Broken("signature", "key");
  return { name: found[1], id, bytes: body.slice(1) };
};

// Whether the log signed: "good", or null where the browser lacks Ed25519.
export const isSigned = async (checkpoint, key) => {
  if (checkpoint.origin !== key.name) throw new Broken("signature", "origin");
  const line = checkpoint.signatures
    .filter((text) => text.startsWith(`— ${key.name} `))
    .map((text) => fromBase64(text.slice(key.name.length + 3), "signature"))
    .find((data) => data.length === 68 && same(data.slice(0, 4), key.id));
  if (!line) throw new Broken("signature", "unsigned");
  let known;
  try {
    known = await crypto.subtle.importKey("raw", key.bytes, { name: "Ed25519" }, false, ["verify"]);
  } catch {
    return null;
  }
  const good = await crypto.subtle.verify({ name: "Ed25519" }, known, line.slice(4), encoder.encode(checkpoint.text));
  if (!good) throw new Broken("signature", "signature");
  return "good";
};

// The set holds the person's place, or the leaf carries the person's pseudonym, or the person acted.
const isAbout = async (leaf, { sub, place }, who) => {
  const parts = JSON.parse(decoder.decode(leaf));
  if (place) {
    const own = await leafHash(join(encoder.encode(sub), fromBase64(place.nonce, "person")));
    const root = await rootFrom(place.position, place.count, own, hashes(place.path, "person"), "person");
    if (base64url(root) !== parts.set) throw new Broken("person", "set");
  } else if (!(sub && parts.sub === sub) && !(who && parts.who === who)) {
    throw new Broken("person", "other");
  }
};

// From a key that is trusted to the next one: the entry that announces it, under the trusted key's signature.
const handedTo = async (vkey, { document, proof }) => {
  const said = JSON.parse(document);
  if (said.old !== vkey) return null;
  const file = readProof(proof);
  const checkpoint = readCheckpoint(file.note);
  const root = await rootFrom(file.index, checkpoint.size, await leafHash(file.leaf), file.path, "memory");
  const parts = JSON.parse(decoder.decode(file.leaf));
  const digest = base64url(await sha256(encoder.encode(document)));
  const announced = parts.act === ANNOUNCED && parts.dec === "allow" && parts.facts === digest;
  const signed = await isSigned(checkpoint, await readKey(vkey));
  return same(root, checkpoint.root) && announced && signed === "good" ? said.new : null;
};

const leadsTo = async (from, to, handovers) => {
  let trusted = from;
  for (const step of handovers) trusted = (await handedTo(trusted, step)) ?? trusted;
  return trusted === to;
};

const isRemembered = async (remembered, given, checkpoint, fetchProof) => {
  if (!remembered) return "first";
  const known = remembered.vkey === given.vkey || (await leadsTo(remembered.vkey, given.vkey, given.handovers ?? []));
  if (!known) throw new Broken("memory", "key");
  const then = { size: remembered.size, root: fromBase64(remembered.root, "memory") };
  const [smaller, larger] = then.size <= checkpoint.size ? [then, checkpoint] : [checkpoint, then];
  const proof = smaller.size === larger.size ? [] : await fetchProof(smaller.size, larger.size);
  if (proof === null) return null;
  await continues(smaller.size, larger.size, smaller.root, larger.root, hashes(proof, "memory"));
  return "good";
};

// Checks everything. `given`: {proof, vkey, sub, place, handovers}; `shown`: {index, leaf, who} as the page has them; `remembered`:
// {vkey, size, root} of the last time, or null; `fetchProof(from, to)` gives base64 hashes, null when it is away, and
// throws Broken when the ledger says that it is not so large. Gives each step's state and what to remember now.
export const check = async (given, shown, remembered, fetchProof) => {
  const steps = {};
  const look = async (step, deed) => {
    try {
      const found = await deed();
      steps[step] = found === null ? "unknown" : (found ?? "good");
    } catch (error) {
      if (!(error instanceof Broken) && !(error instanceof SyntaxError) && !(error instanceof TypeError)) throw error;
      steps[step] = "bad";
    }
  };
  let file = null;
  let checkpoint = null;
  await look("path", async () => {
    file = readProof(given.proof);
    checkpoint = readCheckpoint(file.note);
    const root = await rootFrom(file.index, checkpoint.size, await leafHash(file.leaf), file.path, "path");
    if (!same(root, checkpoint.root)) throw new Broken("path", "root");
  });
  if (!file || !checkpoint) return { steps: { path: "bad" }, checkpoint: null, remember: null };
  await look("entry", () => {
    if (file.index !== shown.index || decoder.decode(file.leaf) !== shown.leaf) throw new Broken("entry", "other");
  });
  await look("person", () => isAbout(file.leaf, given, shown.who));
  await look("signature", async () => isSigned(checkpoint, await readKey(given.vkey)));
  if (steps.path === "good" && steps.signature !== "bad") {
    await look("memory", () => isRemembered(remembered, given, checkpoint, fetchProof));
  }
  const whole = Object.values(steps).every((state) => state === "good" || state === "first");
  const newer = !remembered || checkpoint.size >= remembered.size;
  const remember = whole && newer ? { vkey: given.vkey, size: checkpoint.size, root: toBase64(checkpoint.root) } : null;
  return { steps, checkpoint, remember };
};
