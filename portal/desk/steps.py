"""Which action a submitted step is."""

from portal.desk.actions import answer_case, close_case, hand_over_case, reply_to_case, take_case
from portal.desk.forms import StepInput
from portal.desk.queries import CaseView
from portal.web.unit import Unit

DEEDS = {
    "answer": answer_case,
    "hand_over": hand_over_case,
    "reply": reply_to_case,
    "close": close_case,
}


async def take_step(unit: Unit, was: CaseView, given: StepInput) -> None:
    """Take the step that was submitted. Raises what its action raises."""
    if given.step == "take":
        await take_case(unit, was)
    else:
        await DEEDS[given.step](unit, was, given)
