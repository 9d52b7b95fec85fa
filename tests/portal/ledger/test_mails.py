"""Mails of the ledger's rooms as they arrive: an invitation whose link works, a report that is ready."""

import re
from datetime import UTC, datetime

from portal.auditors.work import invitations_kept
from portal.extracts.schedules import KEPT
from portal.outbox.work import Workplace, keep_due
from tests.database import CellDb
from tests.portal.house import ORIGIN, house
from tests.portal.ledger.test_auditors import CHOSEN, EMAIL, invited, signed_in
from tests.portal.ledger.test_extracts import Works, settled
from tests.portal.ledger.test_schedules import BASE, BODY
from tests.portal.links.scene import link_scene


async def test_mails_arrive_in_the_readers_language(cell_db: CellDb) -> None:
    """An invitation in Arabic whose link sets the password; of a report only that it is there, to whoever may read."""
    async with house(cell_db) as built, link_scene(built) as scene:
        kept = {**KEPT, **invitations_kept(built.app.state.keeper)}
        place = Workplace(scene.settings, scene.pool, built.stage.clock)
        await invited(built, locale="ar")
        assert await keep_due(place, kept) == 1
        mail = scene.mail.caught[-1]
        text = mail.get_body(("plain",)).get_content()
        assert mail["To"] == EMAIL
        assert "Inês" not in text
        link = re.search(rf"{ORIGIN}/ar(/auditors/welcome/[\w-]{{43}})\s", text)
        assert link is not None
        guest = scene.holder("ar")
        await guest.open(link[1])
        await guest.submit(link[1], password=CHOSEN, again=CHOSEN)
        assert (await signed_in(built)).status_code in {200, 201}
        await settled(built, "auditors:invitation:sent")
        await (await built.api("auditor")).post(BASE, json=BODY)
        built.stage.clock.at = datetime(2026, 3, 2, 7, tzinfo=UTC)
        async with Works(built) as works:
            assert await works.make()
        assert await keep_due(place, kept) == 1
        mail = scene.mail.caught[-1]
        text = mail.get_body(("plain",)).get_content()
        assert mail["To"] == "auditor@example.test"
        assert f"{ORIGIN}/en/extracts" in text
        assert "Refusals" not in text
        await settled(built, "extracts:report:sent")
