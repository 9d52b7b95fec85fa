"""A key of the log that changed: a proof leads whoever trusts the old one to the new one."""

import json

from audit.note import parse_note, parse_vkey, verified_by
from audit.proof import parse_proof, verify_proof
from tests.portal.trail.scene import BASE, TrailScene
from tests.security.keeper.test_log_key import step


async def test_a_proof_brings_the_handover_along(scene: TrailScene) -> None:
    """Signed by the new key, with the entry that announced it proved under the old one."""
    stage = scene.house.stage
    made = await step(stage, "administrator", "make")
    await step(stage, "compliance", "announce")
    await step(stage, "administrator", "retire")
    await scene.looked_at("operations")
    index = await scene.entry("passengers:profile:viewed")
    client = await scene.house.api("traveller")
    given = (await client.get(f"{BASE}/entries/{index}/proof")).json()
    old, new = parse_vkey(made.vkey), parse_vkey(made.following)
    assert given["vkey"] == str(new)
    assert verified_by(parse_note(parse_proof(given["proof"]).checkpoint.encode()), [new]) == (new,)
    (handed,) = given["handovers"]
    assert json.loads(handed["document"]) == {"new": str(new), "old": str(old)}
    verify_proof(parse_proof(handed["proof"]), [old])
