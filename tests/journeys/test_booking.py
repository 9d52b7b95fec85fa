"""Point 2: a booker sees passengers, adds and edits one, types and pastes sealed values; afterwards only masks."""

import pytest
from playwright.async_api import expect

from portal.passengers.mrz import encode_td3
from portal.web.sentences import SENTENCES
from tests.journeys.checks import TAGS
from tests.journeys.conftest import Enter
from tests.journeys.visit import Visit
from tests.people import BY_EMAIL

WHO = {
    "en": BY_EMAIL["clemence.weidert@aurivelle.example"],
    "zh-Hans": BY_EMAIL["zhou.yutong@lanxi.example"],
    "ar": BY_EMAIL["noura.alotaibi@almadar.example"],
}
CARD, IBAN, HOLDER, NUMBER = "5555555555554444", "FR1420041010050500013M02606", "VERA HOLLOWAY-QUILL", "XK8203517"
CLEAR = (CARD, IBAN, HOLDER, NUMBER)
