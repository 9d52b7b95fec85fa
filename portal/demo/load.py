"""The first load: an empty cell becomes one that has been at work for two months."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg

from portal.demo import access_reviews, agreements, audits
from portal.demo.accounts import hash_passwords, open_accounts, open_session, place_accounts
from portal.demo.alarms import alarm_moments, plan_alarms, store_alarms
from portal.demo.cases import moments_of, plan_cases, store_cases
from portal.demo.changes import Changes
from portal.demo.decoys import plant_decoys
from portal.demo.disputes import point_to_looks, store_wishes
from portal.demo.history import history, signed_in
from portal.demo.joining import joined_at
from portal.demo.keeping import Moment, Progress, in_order, ledger_kept
from portal.demo.links import link_moments, plan_links, store_links
from portal.demo.passengers import invent_passengers
from portal.demo.people import organisations_of
from portal.demo.quotes import plan_quotes
from portal.demo.quotes_stored import store_quotes
from portal.demo.scans import plan_scans, store_scans
from portal.demo.sealing import seal_person
from portal.demo.searches import store_searches
from portal.demo.settings import DemoSettings
from portal.demo.sheet import write_sheet
from portal.demo.storing import Orgs, store_keys, store_organisations, store_passengers, store_trips
from portal.demo.tags import store_tags
from portal.demo.trips import plan_trips
from portal.demo.world import World
from portal.web.ids import new_id
from security.vault.custody import Custody

PAST = timedelta(days=60)
QUIET = timedelta(seconds=30)  # before now nothing more happens


@dataclass(frozen=True, slots=True)
class Loaded:
    """How much there is of what."""

    organisations: int
    passengers: int
    trips: int
    accounts: int
    entries: int


async def load(settings: DemoSettings, data: Path, at: datetime, progress: Progress) -> Loaded:
    """Fill an empty cell as of `at` and write the sheet. The keeper must not be running."""
    hashing = asyncio.create_task(asyncio.to_thread(hash_passwords, settings.region))
    custody = Custody.open(settings.custodian, settings.region)
    orgs = {org.key: new_id() for org in organisations_of(settings.region)}
    world = _invent(settings.region, custody, orgs, at)
    cases, links = plan_cases(world), plan_links(world)
    alarmed = plan_alarms(world)
    agreed = agreements.plan_agreements(world, orgs, custody.link_key)
    audited = audits.plan_audits(world)
    connection = await asyncpg.connect(settings.database_url)
    try:
        await _store_keys(settings, custody, orgs, world)
        await _store(connection, settings.region, orgs, world, await hashing)
        await store_cases(connection, cases)
        await store_wishes(connection, cases)
        await plant_decoys(connection, custody, world)
        await store_searches(connection, world)
        await store_links(connection, links)
        await agreements.store_agreements(connection, agreed)
        if audited is not None:
            await audits.store_audits(connection, world, audited)
        tokens = [
            await open_session(connection, one.id, at, settings.session_seconds) for one in world.accounts
        ]
        async with connection.transaction():
            changed = await Changes(connection, world).make()
        async with connection.transaction():
            scanned = await store_scans(connection, settings, custody, plan_scans(world))
        told = [*moments_of(world, cases), *link_moments(world, links), *agreements.moments_of(world, agreed)]
        told += audits.audit_moments(world, audited) if audited is not None else []
        doings = [*told, *changed, *scanned, *alarm_moments(alarmed)]
        entries = await _keep(connection, settings, custody, world, doings, progress)
        await agreements.point_to_entries(connection, settings.region)
        await point_to_looks(connection, custody.link_key, cases)
        await store_alarms(connection, custody, world, alarmed)
        if audited is not None:
            await audits.point_to_findings(connection, audited)
    finally:
        await connection.close()
    write_sheet(data, settings, zip(world.accounts, tokens, strict=True))
    return Loaded(len(orgs), len(world.people), len(world.trips), len(world.accounts), entries)


def _invent(region: str, custody: Custody, orgs: Orgs, at: datetime) -> World:
    people = invent_passengers(region, at.date())
    joined = joined_at(people, at - PAST, at)
    sealed = [seal_person(custody, person) for person in people]
    sealed.sort(key=lambda one: (one.person.sort_key, one.person.id))
    accounts = place_accounts(region, orgs, people)
    trips = plan_trips(region, people, joined, at)
    quotes = plan_quotes(accounts, trips, at)
    return World(region, at - PAST, at, accounts, sealed, joined, trips, quotes)


async def _store(connection: Any, region: str, orgs: Orgs, world: World, hashes: list[str]) -> None:
    async with connection.transaction():
        await store_organisations(connection, region, orgs, world.began_at)
        await store_passengers(connection, orgs, world.people, world.joined)
        await store_trips(connection, orgs, world.trips)
        await store_quotes(connection, world.quotes)
        await open_accounts(connection, world.accounts, hashes, world.began_at)


async def _store_keys(settings: DemoSettings, custody: Custody, orgs: Orgs, world: World) -> None:
    connection = await asyncpg.connect(settings.keystore_url)
    try:
        async with connection.transaction():
            await store_keys(connection, orgs, world.people, world.joined)
            await store_tags(connection, custody, world.people)
    finally:
        await connection.close()


async def _keep(
    connection: Any,
    settings: DemoSettings,
    custody: Custody,
    world: World,
    doings: Sequence[Moment],
    progress: Progress,
) -> int:
    """Write the ledger. Its commits do not wait for the disk; the last statement makes all of them durable."""
    system = await connection.fetchval("select system_identifier from pg_control_system()")
    keks = {str(kek): epoch for kek, epoch in custody.epochs.items()}
    moments = in_order([*history(world, str(system), keks), *doings], world.now - QUIET)
    moments.append(signed_in(world.accounts, world.now))
    async with ledger_kept(settings, custody, world.began_at) as ledger:
        done, whole = 0, len(moments)
        for opening in access_reviews.openings(world):
            early = [moment for moment in moments if moment.at <= opening]
            await ledger.keep(early, lambda n, _: progress(done + n, whole))  # noqa: B023 -- called at once
            done += len(early)
            later = await access_reviews.open_reviews(ledger, connection, world, opening)
            moments = sorted([*moments[len(early) :], *later], key=lambda moment: moment.at)
            whole += len(later)
        await ledger.keep(moments, lambda n, _: progress(done + n, whole))
        entries = ledger.size
    await connection.execute("analyze")
    return entries
