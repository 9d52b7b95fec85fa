"""Mails of the ledger's rooms as they arrive: an invitation whose link works, a report that is ready."""

import re
from datetime import UTC, datetime

from portal.attestations.work import KEPT as REVIEWS_KEPT
from portal.attestations.work import open_access_reviews
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


async def test_overdue_reviews_of_a_month_are_one_mail(cell_db: CellDb) -> None:
    """However many roles are not reviewed when it is due, each of compliance hears of it once."""
    async with house(cell_db) as built, link_scene(built) as scene:
        place = Workplace(scene.settings, scene.pool, built.stage.clock)
        async with place.work() as connection:
            assert await open_access_reviews(connection, "eu", built.stage.clock()) > 2
        assert await keep_due(place, REVIEWS_KEPT) == 0
        built.stage.clock.pass_by(days=40)
        assert await keep_due(place, REVIEWS_KEPT) > 2
        (mail,) = scene.mail.caught
        assert (mail["To"], mail["Subject"]) == ("compliance@example.test", "Access reviews are overdue")
        text = mail.get_body(("plain",)).get_content()
        assert "Access reviews of \u2068February 2026\u2069 are not signed" in text
        assert f"{ORIGIN}/en/access-reviews" in text
        untold = "select count(*) from access_review where told_at is null"
        assert await built.stage.owner.fetchval(untold) == 0
        built.stage.clock.pass_by(days=5)
        assert await keep_due(place, REVIEWS_KEPT) == 0
