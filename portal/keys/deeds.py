"""What may be done to keys, put to the keeper with the caller's own session; it decides and records."""

from uuid import UUID

from portal.web.ids import inner
from portal.web.unit import Unit
from security.keeper.client import KeeperClient


async def do_deed(unit: Unit, code: str, target: str) -> UUID | None:
    """Ask the keeper for a deed of `words.DEEDS` on a subject or job (an outer id); gives the job, if it has one."""
    keeper: KeeperClient = unit.keeper
    token, request = unit.credential, unit.request
    match code:
        case "rotate":
            return await keeper.rotate_keys(token, request)
        case "rewrap":
            return await keeper.rewrap_keys(token, request)
    wanted = inner(unit.settings.region, target)
    match code:
        case "reseal":
            return await keeper.reseal_subject(token, request, wanted)
        case "shred":
            return await keeper.ask_shred(token, request, wanted)
        case "approve":
            return await keeper.approve_shred(token, request, wanted)
    await keeper.withdraw_shred(token, request, wanted)
    return None
