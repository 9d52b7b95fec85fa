"""The page of rules: what each means, its numbers in force, how often it fired and how often it was right."""

from datetime import timedelta
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from portal.alarms.forms import MOST_COUNT, MOST_MINUTES, read_numbers
from portal.alarms.pages import KEEPS
from portal.alarms.words import KINDS, MEANINGS, SEVERITIES
from portal.web.forms import submitted
from portal.web.gate import allow
from portal.web.refusals import FormRefused
from portal.web.render import address, language_of, page
from portal.web.sentences import sentence
from portal.web.unit import unit_of
from security.keeper.alarm_messages import RuleSeen
from security.keeper.client import KeeperRefused

Page = Response[Any]
MISSING = 404


def false_rate(rule: RuleSeen) -> float | None:
    """Say which share of the judged alarms of a rule were none; None: nothing was judged yet."""
    judged = rule.confirmed + rule.false_positive
    return rule.false_positive / judged if judged else None


@get("/alarms/rules", opt=allow(KEEPS), name="alarm-rules", include_in_schema=False)
async def rules_page(request: Request[Any, Any, Any]) -> Page:
    """List the rules."""
    return await _rules(request)


async def _rules(
    request: Any, *, status: int = 200, failed: str = "", errors: dict[str, str] | None = None
) -> Page:
    unit = unit_of(request)
    return page(
        request,
        "alarms/rules.html",
        status=status,
        rules=await unit.keeper.alarm_rules(unit.credential, unit.request),
        rate=false_rate,
        span=lambda minutes: timedelta(minutes=minutes),
        kinds=KINDS,
        meanings=MEANINGS,
        severities=SEVERITIES,
        failed=failed,
        errors={name: sentence(language_of(request), code) for name, code in (errors or {}).items()},
        done=request.query_params.get("done", ""),
        most_count=MOST_COUNT,
        most_minutes=MOST_MINUTES,
    )


@post("/alarms/rules/{code:str}", opt=allow(KEEPS), include_in_schema=False)
async def set_rule(request: Request[Any, Any, Any], code: FromPath[str]) -> Page:
    """Set a rule's numbers for this region, with the password; without numbers, the file's count again."""
    unit = unit_of(request)
    fields = await submitted(request)
    try:
        numbers = read_numbers({} if fields.get("deed") == "reset" else fields)
        await unit.keeper.step_up(unit.credential, unit.request, fields.get("password", ""))
        await unit.keeper.set_alarm_rule(
            unit.credential, unit.request, code, numbers.threshold, numbers.window_minutes
        )
    except FormRefused as refused:
        return await _rules(request, status=422, failed=code, errors=refused.errors)
    except KeeperRefused as refused:
        if refused.status == MISSING:
            raise
        return await _rules(request, status=refused.status, failed=code, errors={"password": refused.code})
    return Redirect(address(request, "/alarms/rules?done=set"), status_code=303)


PAGES = [rules_page, set_rule]
