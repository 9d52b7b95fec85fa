"""Who plays whom in the journey of one number: a desk and the traveller whose passport it opens, by language."""

from portal.passengers.words import FIELD_NAMES

# Language: operations' account, the traveller's account, and what the desk types to find the traveller.
WHO = {
    "en": ("marek.dvorak@waxwing.example", "eleanor.ashcombe-vane@aurivelle.example", "Ashcombe"),
    "zh-Hans": ("marek.dvorak@waxwing.example", "lin.ruoxi@lanxi.example", "林若曦"),
    "ar": ("youssef.haddad@waxwing.example", "salem.almarzouqi@almadar.example", "Marzouqi"),
}
FIELD = FIELD_NAMES["passport.number"]
