"""The paper of an acceptance: what was agreed, in the language it was agreed in, with the hash of its record."""

from typing import Any

from portal.accounts.queries import organisation_names
from portal.passengers.queries import names_of
from portal.quotes.actions import Agreement, Printer
from portal.quotes.queries import Offer, QuoteView
from portal.quotes.terms import terms
from portal.quotes.words import PRICES
from portal.trips.paper import PaperUnavailable, printed
from portal.web.render import environment, formats_of, language_of
from portal.web.unit import unit_of


def printer(request: Any) -> Printer:
    """Give what prints an acceptance for this request; it gives None where no PDF can be made."""

    async def print_paper(
        view: QuoteView, offer: Offer, given: Agreement, digest: str, trip: str
    ) -> bytes | None:
        unit, tag = unit_of(request), language_of(request)
        html = (
            environment(tag)
            .get_template("quotes/paper.html")
            .render(
                quote=view,
                offer=offer,
                given=given,
                digest=digest,
                trip=trip,
                org=(await organisation_names({view.org})).get(view.org, ""),
                names=sorted((await names_of(view.passengers)).values(), key=str.casefold),
                terms=terms(given.terms, tag),
                prices=PRICES,
                formats=formats_of(request),
                at=unit.at,
            )
        )
        try:
            return await printed(html)
        except PaperUnavailable:
            return None

    return print_paper
