"""Pages of cases and of open work, without scripts, in three languages."""

import pytest

from tests.portal.desk.test_cases import opened, step
from tests.portal.house import House

TAGS = ("en", "zh-Hans", "ar")


@pytest.mark.parametrize("tag", TAGS)
async def test_a_case_from_page_to_page(house: House, tag: str) -> None:
    """A client opens a case on the page, the desk finds, takes and answers it, and the client reads the answer."""
    client = await house.browser("booker", tag)
    await client.open("/cases")
    await client.open(f"/cases/new?trip={house.trip}")
    await client.submit(
        "/cases", kind="question", words="狗可以上飞机吗？ هل يسافر الكلب؟", passenger=house.mei
    )
    where = str(client.answer.url).split(f"/{tag}", 1)[1].partition("?")[0]
    assert "هل يسافر الكلب؟" in client.words()
    agent = await house.browser("service_agent", tag)
    await agent.open("/desk")
    assert where in agent.answer.text
    await agent.open(where)
    await agent.submit(f"{where}/steps", step="take")
    await agent.submit(f"{where}/steps", step="answer", words="It may.\nIn the cabin.")
    await client.open(where)
    assert "It may." in client.words()
    assert "Person of service_agent" in client.words()
    await client.submit(f"{where}/steps", step="close")
    await client.open("/cases")
    assert where not in client.answer.text
    await client.open("/cases?which=all")
    assert where in client.answer.text


async def test_what_is_refused_is_said_and_kept(house: House) -> None:
    """A form that is refused says why beside the field and keeps what was typed; a colleague who was first is named."""
    client = await house.browser("booker")
    await client.open("/cases/new")
    await client.submit("/cases", expect=422, kind="question", words="Card 4111 1111 1111 1111")
    assert "This holds a card number" in client.words()
    await client.submit("/cases", expect=422, kind="complaint", words="")
    assert "Please fill in this field" in client.words()
    case = (await opened(house))["id"]
    agent = await house.browser("service_agent")
    await agent.open(f"/cases/{case}")
    await step(house, "service_agent", case, step="hand_over", team="operations", words="Yours")
    await agent.submit(f"/cases/{case}/steps", expect=412, step="take")
    assert "Someone changed this" in agent.words()


async def test_the_list_sorts_by_what_is_due_and_counts_in_words(house: House) -> None:
    """What is due first stands at the top; soon and overdue are words, by the client's clock and the reader's."""
    await house.stage.owner.execute("update member set time_zone = 'Asia/Dubai' where email like 'booker%'")
    await opened(house, kind="complaint")
    await opened(house)
    agent = await house.browser("service_agent")
    await agent.open("/desk")
    words = agent.words()
    assert words.index("5 minutes left") < words.index("1 hour left")
    assert "16:05 Dubai your 13:05" in words
    house.stage.clock.pass_by(minutes=4)
    await agent.open("/desk")
    assert "only 1 minute left" in agent.words()
    house.stage.clock.pass_by(minutes=3)
    await agent.open("/desk")
    assert "2 minutes overdue" in agent.words()


async def test_each_team_sees_its_own_first(house: House) -> None:
    """A team's list holds its own cases; filters in the address narrow it; other teams' are one filter away."""
    mine, other = (await opened(house))["id"], (await opened(house, kind="incident"))["id"]
    agent = await house.browser("service_agent")
    await agent.open("/desk")
    assert mine in agent.answer.text
    assert other not in agent.answer.text
    await agent.open("/desk?team=all")
    assert other in agent.answer.text
    await agent.open("/desk?team=all&kind=incident")
    assert mine not in agent.answer.text
    await agent.open("/desk?held=me")
    assert "No work matches" in agent.words()
    sales = await house.browser("sales")
    await sales.open("/desk")
    assert "No open work" in sales.words()
    listed = (await (await house.api("operations")).get("/api/v1/work?team=operations")).json()["items"]
    assert [(item["id"], item["kind"], item["urgency"]) for item in listed] == [
        (other, "incident", "on_time")
    ]


async def test_nonsense_in_the_address_is_harmless(house: House) -> None:
    """Unknown filters filter nothing, a bad id is not found, another region's is named."""
    agent = await house.browser("service_agent")
    await agent.open("/desk?team=x&kind=%27;--&language=tlh&held=%00&source=y")
    await agent.open("/cases?which=none")
    await agent.open("/cases/eu_x", expect=404)
    await agent.open("/cases/cn_018f0000-0000-7000-8000-000000000000", expect=421)


async def test_the_form_of_a_reveal_offers_open_cases(house: House) -> None:
    """Finance may name an open case about the passenger as the reference; operations, who needs a leg, may not."""
    card = await house.stage.on_file("card.number", "4111111111111111")
    passport = await house.stage.on_file("passport.number", "X4RTBPFW4")
    case = (await opened(house, passenger=house.mei, kind="complaint"))["id"]
    form = f"/passengers/{house.mei}/reveals/new?field="
    finance, operations = await house.browser("finance"), await house.browser("operations")
    await finance.open(f"{form}card.number&row=eu_{card.row}")
    assert f'value="{case}"' in finance.answer.text
    await operations.open(f"{form}passport.number&row=eu_{passport.row}")
    assert case not in operations.answer.text


async def test_the_first_page_counts_open_work(house: House) -> None:
    """The desk's first page says how much work its team has and what is overdue; others' says nothing of it."""
    await opened(house)
    house.stage.clock.pass_by(minutes=6)
    agent, finance = await house.browser("service_agent"), await house.browser("finance")
    await agent.open("/")
    assert "Open work 1 1 overdue" in agent.words()
    await finance.open("/")
    assert "overdue" not in finance.words()
