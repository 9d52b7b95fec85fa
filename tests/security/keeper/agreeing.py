"""What tests of approvals share: more people, a request for a passport, a vote."""

from typing import Any
from uuid import UUID

from security.keeper.client import ApprovalAsked, ApprovalItem
from security.sign_in.accounts import open_account
from security.sign_in.passwords import hash_password
from tests.security.keeper.stage import PASSWORD, QUICK, Stage, request


async def colleague(stage: Stage, role: str, name: str = "second", org: UUID | None = None) -> str:
    """Open one more account of a role and give its stepped-up session."""
    await open_account(
        stage.owner,
        email=f"{name}.{role}@example.test",
        password_hash=hash_password(PASSWORD, QUICK),
        role=role,
        org=org,
    )
    return await again(stage, role, name)


async def again(stage: Stage, role: str, name: str = "second") -> str:
    """Sign such a colleague in once more, stepped up."""
    signed = await stage.client.sign_in(f"{name}.{role}@example.test", PASSWORD, "Firefox", "192.0.2.8")
    await stage.client.step_up(signed.token, request(), PASSWORD)
    return signed.token


async def name_members(stage: Stage) -> None:
    """Give every account a member row, as the portal has them: lists name people."""
    await stage.owner.execute(
        "insert into member (id, org_id, passenger_id, name, email, locale, time_zone)"
        " select id, org_id, passenger_id, 'Person of ' || role, email, 'en', 'UTC' from gate.account"
        " on conflict do nothing"
    )


async def ask(stage: Stage, token: str, **asked: Any) -> ApprovalAsked:
    """Ask for the first passenger's passport, for an identity check with the trip as reference, or otherwise."""
    usual: dict[str, Any] = {
        "kind": "reveal",
        "items": [ApprovalItem(stage.mei, "passport.number")],
        "purpose": "identity_check",
        "reference": f"eu_{stage.trip}",
        "reason": "the border police of Chur asks",
    }
    return await stage.client.ask_approval(token, request(), **(usual | asked))


async def checked(stage: Stage, token: str, **asked: Any) -> Any:
    """Reveal what `ask` asks for."""
    usual = {"purpose": "identity_check", "reason": "the border police of Chur asks"}
    return await stage.reveal(token, **(usual | asked))
