"""A proof checked in a real browser: the right one holds, and each kind of change to it is named by its step."""

import json
from base64 import b64encode
from typing import Any

from audit.catalogue import LOG_KEY_ANNOUNCED
from audit.checkpoint import Checkpoint, sign_checkpoint
from audit.entry import facts_digest
from audit.key_chain import announcement
from audit.merkle import leaf_hash, node_hash
from audit.note import Signer
from audit.proof import format_proof
from tests.journeys.visit import Visit

# Runs the page's own module over proofs changed in one place each; gives the steps that do not hold.
TAMPERS = """async ([core, entry, other, consistency]) => {
  const { check } = await import(core);
  const text = new TextDecoder(), raw = (b64) => Uint8Array.from(atob(b64), (c) => c.charCodeAt(0));
  const get = async (path) => (await fetch(path)).json();
  const good = await get(`/api/v1/trail/entries/${entry}/proof`);
  const beside = await get(`/api/v1/trail/entries/${other}/proof`);
  const line = (proof, nth) => proof.split("\\n")[nth];
  const leafOf = (given) => text.decode(raw(line(given.proof, 1).slice(6)));
  const changed = (proof, nth, made) => proof.split("\\n").map((l, n) => (n === nth ? made(l) : l)).join("\\n");
  const flip = (l) => l.slice(0, -5) + (l.at(-5) === "A" ? "B" : "A") + l.slice(-4);
  const refused = leafOf(good).replace('"allow"', '"deny"');
  const signed = good.proof.split("\\n").findIndex((l) => l.startsWith("— "));
  const shown = { index: entry, leaf: leafOf(good), who: "nobody" };
  const now = (await check(good, shown, null, null)).remember;
  const earlier = async (from, to) => (await get(`${consistency}?from=${from}&to=${to}`)).proof;
  const small = { vkey: good.vkey, size: 1, root: now.root };
  const tampers = {
    leaf: [{ ...good, proof: changed(good.proof, 1, () => "extra " + btoa(refused)) }],
    path: [{ ...good, proof: changed(good.proof, 3, flip) }],
    signature: [{ ...good, proof: changed(good.proof, signed, flip) }],
    "other entry": [beside],
    "other leaf": [{ ...good, proof: changed(good.proof, 1, () => line(beside.proof, 1)) }],
    person: [{ ...good, sub: "A".repeat(43), place: null }],
    key: [{ ...good, vkey: flip(good.vkey) }],
    "another key": [good, { ...now, vkey: "other" }],
    fork: [good, small],
    "same size": [good, { ...now, root: small.root.replace(/^./, (c) => (c === "A" ? "B" : "A")) }],
    none: [good, now],
  };
  const found = {};
  for (const [name, [given, remembered]] of Object.entries(tampers)) {
    const { steps } = await check(given, shown, remembered ?? null, earlier);
    found[name] = Object.keys(steps).filter((step) => !["good", "first"].includes(steps[step])).sort();
  }
  return found;
}"""
FOUND = {
    "leaf": ["entry", "path"],
    "path": ["path"],
    "signature": ["signature"],
    "other entry": ["entry"],
    "other leaf": ["entry", "path", "person"],
    "person": ["person"],
    "key": ["signature"],
    "another key": ["memory"],
    "fork": ["memory"],
    "same size": ["memory"],
    "none": [],
}
# A ledger of two entries whose key was handed over: what a browser says that remembers the old key.
HANDED = """async ([core, cases]) => {
  const { check } = await import(core);
  const found = {};
  for (const [name, { given, shown, remembered, proof }] of Object.entries(cases)) {
    found[name] = (await check(given, shown, remembered, async () => proof)).steps.memory;
  }
  return found;
}"""
FORKED = """([key, forged]) => {
  const kept = JSON.parse(localStorage.getItem(key));
  localStorage.setItem(key, JSON.stringify({ ...kept, ...forged }));
}"""


async def proves(visit: Visit, index: int, other: int, region: str) -> None:
    """Check an entry's proof on its page, change it in eleven ways, and come back to a ledger set back."""
    part = visit.page.locator("[data-proof]")
    await visit.go(f"/trail/entries/{index}")
    assert await _verdict(visit) == "good"
    await visit.reads("The proof holds.", "The signature (Ed25519) is right.")
    await visit.see("proof-holds")
    asked: list[Any] = [
        await part.get_attribute("data-core"),
        index,
        other,
        await part.get_attribute("data-consistency"),
    ]
    assert await visit.page.evaluate(TAMPERS, asked) == FOUND
    cases = handed_over()
    found = await visit.page.evaluate(HANDED, [asked[0], cases])
    assert found == {name: "good" if name == "announced" else "bad" for name in cases}
    key = f"waxwing-ledger-{region}"
    kept = json.loads(await visit.page.evaluate("(key) => localStorage.getItem(key)", key))
    await visit.page.evaluate(FORKED, [key, {"size": kept["size"] - 1}])
    await visit.go(f"/trail/entries/{index}")
    assert await _verdict(visit) == "bad"
    await visit.reads("The proof does not hold.", "Forget what this browser remembers")
    await visit.see("proof-broken")
    async with visit.page.expect_navigation():
        await visit.page.locator("[data-forget] button").click()
    assert await _verdict(visit) == "good"


def handed_over() -> dict[str, Any]:
    """Make a ledger whose key was announced in its first entry, and the same with a handover that does not hold."""
    origin = "waxwing.test/audit/eu"
    old, new, other = (Signer.from_seed(origin, bytes([nth]) * 32) for nth in (1, 2, 3))
    document, digest = facts_digest(announcement(str(old.verifier()), str(new.verifier())))
    said = {"act": LOG_KEY_ANNOUNCED, "dec": "allow", "facts": digest, "who": "st_1"}
    leaves = [json.dumps(said, separators=(",", ":")).encode(), b'{"act":"x","who":"me"}']
    first, second = (leaf_hash(leaf) for leaf in leaves)
    root = node_hash(first, second)

    def proved(nth: int, size: int, signer: Signer) -> str:
        path = [] if size == 1 else [(second, first)[nth]]
        note = sign_checkpoint(Checkpoint(origin, size, root if size == 2 else first), signer)
        return format_proof(leaf=leaves[nth], index=nth, path=path, checkpoint=str(note))

    def case(handovers: list[dict[str, str]]) -> dict[str, Any]:
        vkey = str(new.verifier())
        given = {"proof": proved(1, 2, new), "vkey": vkey, "sub": "", "place": None, "handovers": handovers}
        before = {"vkey": str(old.verifier()), "size": 1, "root": b64encode(first).decode()}
        shown = {"index": 1, "leaf": leaves[1].decode(), "who": "me"}
        return {"given": given, "shown": shown, "remembered": before, "proof": [b64encode(second).decode()]}

    forged = facts_digest(announcement(str(old.verifier()), str(other.verifier())))[0]
    return {
        "announced": case([{"document": document, "proof": proved(0, 1, old)}]),
        "nothing said": case([]),
        "another document": case([{"document": forged, "proof": proved(0, 1, old)}]),
        "signed by another": case([{"document": document, "proof": proved(0, 1, other)}]),
        "another entry": case([{"document": document, "proof": proved(1, 2, old)}]),
    }


async def _verdict(visit: Visit) -> str:
    """Wait for the browser's verdict."""
    part = visit.page.locator("[data-proof][data-checked]")
    await part.wait_for()
    return str(await part.get_attribute("data-checked"))
