"""Alarms of the demo: entries that made them, the alarms, what compliance found, and who is marked as well known."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from audit.entry import Facts
from portal.demo.keeping import Moment
from portal.demo.opened import Opened
from portal.demo.world import World
from portal.web.ids import new_id
from security.keeper.alarms import MUTE, STEP, TABLE, alarm_details, alarm_tag
from security.keeper.quiet_box import QuietBox
from security.keeper.vips import vip_row
from security.policy.alarm_rules import ALARM_RULES
from security.policy.signals import Firing
from security.vault.custody import Custody

VIPS = 6
LAST = timedelta(minutes=5)
RAISED = timedelta(seconds=1)
VIEWED, REVEALED = "passengers:profile:viewed", "passengers:passport:revealed"
_ALARM = """
insert into gate.alarm (id, raised_at, details, tag, fact_at, respond_by, solve_by, taken_at, holder_id, closed_at,
  closing)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
_ENTRIES = (
    "select index from ledger_leaf where who = $1 and act = $2 and ts >= $3 and ts <= $4 order by index"
)


@dataclass(frozen=True, slots=True)
class Story:
    """One alarm: who did it, when it began, and who of compliance looked into it."""

    said: Mapping[str, Any]
    id: UUID
    who: Opened
    keeper: Opened
    people: Sequence[UUID]
    began_at: datetime
    reference: str

    @property
    def act(self) -> str:
        """What kind of entry was counted."""
        return REVEALED if self.said["rule"] == "refused_again" else VIEWED

    @property
    def fact_at(self) -> datetime:
        """When the last of it happened."""
        return self.began_at + timedelta(minutes=self.said["gap"] * (self.said["count"] - 1))

    def at(self, hours_or_minutes: str) -> datetime | None:
        """Say when it was taken (minutes after) or closed (hours after), if it was."""
        given = self.said.get(hours_or_minutes)
        if given is None:
            return None
        span = timedelta(hours=given) if hours_or_minutes == "closed" else timedelta(minutes=given)
        return self.fact_at + span

    @property
    def taken_at(self) -> datetime | None:
        """When somebody of compliance took it."""
        closed = self.at("closed")
        return self.at("taken") or (closed - timedelta(hours=1) if closed else None)

    @property
    def told(self) -> dict[str, str]:
        """What the alarm tells beside its numbers."""
        if self.said["rule"] != "off_shift":
            return {}
        shift, zone = ALARM_RULES.shifts[self.who.demo.role], self.who.demo.time_zone
        local = self.fact_at.astimezone(ZoneInfo(zone))
        hours = {"from": shift.since, "to": shift.to, "zone": zone}
        return {"local": local.strftime("%H:%M"), "day": str(local.isoweekday()), **hours}


@cache
def _written() -> list[dict[str, Any]]:
    read = tomllib.loads(Path(__file__).with_name("alarms.toml").read_text("utf-8"))
    return list(read["story"])


def plan_alarms(world: World) -> list[Story]:
    """Place the stories; a region without one of the role has none of them."""
    keepers = [one for one in world.accounts if one.demo.role == "compliance"]
    stories = []
    for nth, said in enumerate(_written()):
        of_role = [one for one in world.accounts if one.demo.role == said["role"]]
        if not of_role or not keepers:
            continue
        who = of_role[0]
        began_at = _began(world, said, who.demo.time_zone)
        people = _vips(world) if said["rule"] == "vip" else world.people_at(began_at)
        if began_at > world.began_at and people:
            keeper, about = keepers[nth % len(keepers)], world.outer(world.trips[nth % len(world.trips)].id)
            stories.append(Story(said, new_id(), who, keeper, people, began_at, about))
    return stories


def _began(world: World, said: Mapping[str, Any], zone: str) -> datetime:
    at = world.now - timedelta(hours=said["ago"])
    if "local" not in said:
        return at
    here = ZoneInfo(zone)
    began = datetime.combine(at.astimezone(here).date(), time(said["local"], 20), here).astimezone(at.tzinfo)
    span = timedelta(minutes=said["gap"] * said["count"]) + LAST
    return began if began + span < world.now else began - timedelta(days=1)


def _vips(world: World) -> list[UUID]:
    """Choose who is well known: travellers with an account first."""
    known = [sealed.person for sealed in world.people if sealed.person.account]
    flying = [person for trip in world.trips[:20] for person in trip.passengers]
    return list(dict.fromkeys([*(person.id for person in known), *flying]))[:VIPS]


def alarm_moments(stories: Sequence[Story]) -> Iterator[Moment]:
    """Give the entries: what was counted, and what was done with the alarm."""
    for story in stories:
        for n in range(story.said["count"]):
            at = story.began_at + timedelta(minutes=story.said["gap"] * n)
            person = story.people[(n * 7 + 3) % len(story.people)]
            if story.said["rule"] == "vip":
                person = story.people[n % len(story.people)]
            yield _counted(story, at, person)
        yield Moment(story.fact_at + RAISED, keeper=(_stated("raised", story, "keeper", "process"),))
        code = story.keeper.code
        if story.taken_at:
            yield Moment(story.taken_at, keeper=(_stated("taken", story, code, "compliance"),))
        if closed := story.at("closed"):
            document = {"verdict": story.said["verdict"]}
            done = [_stated("closed", story, code, "compliance", document=document)]
            if days := story.said.get("mute_days"):
                until = {"until": (closed + timedelta(days=days)).isoformat(timespec="seconds")}
                done.append(_stated("muted", story, code, "compliance", document=until))
            yield Moment(closed, keeper=tuple(done))


def _counted(story: Story, at: datetime, person: UUID) -> Moment:
    usual: dict[str, Any] = {
        "who": story.who.code,
        "role": story.who.demo.role,
        "request": new_id(),
        "subject": person,
    }
    if story.act == REVEALED:
        document = {"refusal": "passengers:purpose_not_allowed"}
        more: dict[str, Any] = {"field": "passport.number", "purpose": "identity_check", "decision": "deny"}
        more["reference"] = story.reference
        return Moment(at, keeper=(Facts(kind=REVEALED, document=document, **usual, **more),))
    return Moment(at, web=(Facts(kind=VIEWED, field="passenger", tier="masked", **usual),))


def _stated(deed: str, story: Story, who: str, role: str, **more: Any) -> Facts:
    kind, reference = f"security:alarm:{deed}", str(story.id)
    return Facts(kind=kind, who=who, role=role, request=new_id(), reference=reference, **more)


async def store_alarms(connection: Any, custody: Custody, world: World, stories: Sequence[Story]) -> None:
    """Write the alarms as the keeper would have, once the ledger holds their entries; and who is well known."""
    box = QuietBox(custody)
    rows = [vip_row(box, person) for person in _vips(world)]
    await connection.executemany("insert into gate.vip (tag, id, sealed) values ($1, $2, $3)", rows)
    for story in stories:
        found = await connection.fetch(
            _ENTRIES, story.who.code, story.act, story.began_at, story.fact_at + RAISED
        )
        entries = tuple(row["index"] for row in found)
        if entries:
            await _store(connection, custody, box, story, entries)


async def _store(
    connection: Any, custody: Custody, box: QuietBox, story: Story, entries: tuple[int, ...]
) -> None:
    rule, raised_at, closed_at = story.said["rule"], story.fact_at + RAISED, story.at("closed")
    clocks = ALARM_RULES.severity[ALARM_RULES.rules[rule].severity]
    of = story.who
    one = Firing(rule, of.code, of.demo.role, story.fact_at, entries, len(entries), told=story.told)
    respond, solve = (timedelta(minutes=m) for m in (clocks.respond_minutes, clocks.solve_minutes))
    tag = alarm_tag(custody.link_key, rule, of.code)
    closing = _closing(story) if closed_at else None
    await connection.execute(
        _ALARM,
        story.id,
        raised_at,
        box.close(TABLE, story.id, alarm_details(one, ALARM_RULES)),
        tag,
        story.fact_at,
        raised_at + respond,
        raised_at + solve,
        story.taken_at,
        story.keeper.id if story.taken_at else None,
        closed_at,
        box.close(TABLE, story.id, closing) if closing else None,
    )
    for step, at in (("taken", story.taken_at), ("closed", closed_at)):
        if at is not None:
            words = closing["finding"] if closing and step == "closed" else ""
            await _step(connection, box, story, step, words, at)
    if closed_at and (days := story.said.get("mute_days")):
        sealed = box.close(MUTE, story.id, {"kind": rule, "who": of.code, "by": story.keeper.code})
        await connection.execute(
            "insert into gate.alarm_mute (tag, alarm_id, sealed, since, until) values ($1, $2, $3, $4, $5)",
            tag,
            story.id,
            sealed,
            closed_at,
            closed_at + timedelta(days=days),
        )


def _closing(story: Story) -> dict[str, str]:
    texts = story.said["finding"]
    finding = texts.get(story.keeper.demo.locale, texts["en"])
    return {"closer": story.keeper.code, "finding": finding, "verdict": story.said["verdict"]}


async def _step(connection: Any, box: QuietBox, story: Story, step: str, words: str, at: datetime) -> None:
    made = new_id()
    record = {"alarm": str(story.id), "step": step, "by": story.keeper.code, "words": words}
    await connection.execute(
        "insert into gate.alarm_step (id, alarm_id, at, sealed) values ($1, $2, $3, $4)",
        made,
        story.id,
        at,
        box.close(STEP, made, record),
    )
