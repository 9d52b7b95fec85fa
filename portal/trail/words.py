"""What each kind of entry says to the person it is about: headlines without codes; the details stand under them."""

from collections.abc import Mapping

from i18n.messages import N_
from portal.passengers.words import FIELD_NAMES, ROLE_NAMES

HEADLINES: Mapping[str, str] = {
    "revealed": N_("%(field)s was opened"),
    "copied": N_("%(field)s was copied from the screen"),
    "refused": N_("Opening was refused: %(field)s"),
    "sealed": N_("%(field)s was sealed"),
    "passengers:list:viewed": N_("You were shown in a list of passengers, with masks"),
    "passengers:index:searched": N_("You were found by a search for a whole number"),
    "passengers:profile:viewed": N_("Your profile was looked at, with masks"),
    "passengers:profile:created": N_("Your profile was made"),
    "passengers:profile:changed": N_("Your profile was changed"),
    "passengers:document:removed": N_("A travel document was removed"),
    "passengers:card:removed": N_("A payment card was removed"),
    "passengers:birth-date:removed": N_("Your date of birth was removed"),
    "passengers:bank-account:removed": N_("A bank account was removed"),
    "links:list:viewed": N_("How far links to you are was looked at"),
    "links:link:made": N_("A link was made for you to enter documents by"),
    "links:link:issued": N_("A link to you was written into a mail"),
    "links:link:sent": N_("A link to enter documents was sent to you"),
    "links:link:bounced": N_("A mail with a link to you was returned"),
    "links:link:opened": N_("Somebody opened the link sent to you"),
    "links:link:completed": N_("Documents were entered by the link sent to you"),
    "links:link:withdrawn": N_("A link to you was withdrawn"),
    "links:link:expired": N_("A link to you expired"),
    "trips:list:viewed": N_("You were shown in a list of trips"),
    "trips:trip:viewed": N_("A trip of yours was looked at"),
    "trips:trip:created": N_("You were put on a new trip"),
    "trips:sheet:downloaded": N_("A trip sheet with your name was downloaded"),
    "manifests:manifest:viewed": N_("You were shown on a manifest, with masks"),
    "manifests:passenger:added": N_("You were added to a manifest"),
    "manifests:passenger:removed": N_("You were removed from a manifest"),
    "quotes:quote:asked": N_("A quote was asked for that includes you"),
    "quotes:quote:viewed": N_("A quote that includes you was looked at"),
    "desk:case:opened": N_("A case about you was opened"),
    "desk:case:viewed": N_("A case about you was looked at"),
    "desk:case:taken": N_("A case about you was taken by a colleague of the desk"),
    "desk:case:answered": N_("A case about you was answered"),
    "desk:case:handed-over": N_("A case about you was handed over within the desk"),
    "desk:case:replied": N_("A message was added to a case about you"),
    "desk:case:closed": N_("A case about you was closed"),
    "desk:list:viewed": N_("A case about you was shown in a list"),
    "notices:change:previewed": N_("A change to a trip of yours was prepared"),
    "notices:board:viewed": N_("The state of notices to you was looked at"),
    "notices:list:viewed": N_("Notices to you were looked at"),
    "notices:notice:acknowledged": N_("A notice to you was acknowledged"),
    "notices:notice:answered": N_("A notice to you was answered"),
    "notices:notice:bounced": N_("A notice to you was returned by the mail server"),
    "notices:notice:created": N_("A notice to you was made"),
    "notices:notice:sent": N_("A notice was sent to you"),
    "notices:notice:viewed": N_("A notice to you was looked at"),
    "approvals:list:viewed": N_("A request about your data was shown in a list"),
    "approvals:request:viewed": N_("A request about your data was looked at"),
    "approvals:request:made": N_("Somebody asked to have your data opened"),
    "approvals:request:approved": N_("Opening your data was approved"),
    "approvals:request:declined": N_("Opening your data was declined"),
    "approvals:request:withdrawn": N_("A request to open your data was withdrawn"),
    "approvals:review:opened": N_("An emergency opening of your data is being reviewed"),
    "approvals:review:closed": N_("The review of an emergency opening of your data was closed"),
    "exports:file:built": N_("A file with your data was made"),
    "exports:file:downloaded": N_("A file with your data was downloaded"),
    "exports:file:removed": N_("A file with your data was removed"),
    "exports:file:revoked": N_("A file with your data was revoked"),
    "security:key:shredded": N_("A key of your sealed data was destroyed"),
    "security:keys:viewed": N_("The certificate of your erasure was read"),
    "security:reseal:asked": N_("It was asked to seal your data under new keys"),
    "security:shred:approved": N_("The destruction of your sealed data was approved"),
    "security:shred:asked": N_("It was asked to destroy your sealed data"),
    "security:shred:withdrawn": N_("The request to destroy your sealed data was taken back"),
    "security:subject:resealed": N_("Your data was sealed under new keys"),
    "security:subject:shredded": N_("Your sealed data was destroyed"),
    "scans:list:viewed": N_("The scans of a document of yours were listed, unopened"),
    "scans:scan:added": N_("A scan of a document of yours was put on file"),
    "scans:scan:removed": N_("A scan of a document of yours was removed"),
    "trail:digest:bounced": N_("A mail with your digest was returned by the mail server"),
    "trail:digest:chosen": N_("The quarterly digest was switched on"),
    "trail:digest:ended": N_("The quarterly digest was switched off"),
    "trail:digest:sent": N_("The quarterly digest was sent to you"),
    "trail:dispute:bounced": N_("A mail about an entry you do not recognise was returned by the mail server"),
    "trail:dispute:told": N_("A mail about an entry you do not recognise was sent to you"),
    "trail:dispute:viewed": N_("An entry you do not recognise was looked into"),
    "trail:entry:disputed": N_("You said that you do not recognise an entry"),
    "trail:own:viewed": N_("You looked at this page"),
}
OTHER = N_("Something was done with your data")
OWN_HEADLINES: Mapping[str, str] = {
    "opened": N_("You opened: %(noun)s"),
    "seen": N_("You saw: %(noun)s"),
    "done": N_("You worked on: %(noun)s"),
}
DEED_NAMES: Mapping[str, str] = {
    "opened": N_("Opened in clear"),
    "seen": N_("Seen, with masks"),
    "done": N_("Changed, sent or decided"),
}
BY_NAMES: Mapping[str, str] = {
    "": N_("Everybody"),
    "others": N_("Others"),
    "me": N_("Only me"),
}
ACTORS: Mapping[str, str] = {
    **ROLE_NAMES,
    "process": N_("The vault itself"),
    "system": N_("The portal itself"),
    "unknown": N_("Nobody signed in"),
    "link": N_("Whoever holds the link"),
}
NOUNS: Mapping[str, str] = {
    **FIELD_NAMES,
    "approval": N_("Approval"),
    "calendar": N_("Calendar feed"),
    "case": N_("Case"),
    "ledger": N_("Ledger"),
    "manifest": N_("Manifest"),
    "preferences": N_("Preferences"),
    "quote": N_("Quote"),
    "residency": N_("Residency"),
    "witness": N_("Witness"),
    "work": N_("Open work"),
}
TONES = {"revealed": "warn", "copied": "warn", "refused": "bad", "sealed": "ok"}
ICONS = {"revealed": "unlock", "copied": "copy", "refused": "stop", "sealed": "lock"}


def headline_of(kind: str, decision: str) -> str:
    """Give the key of HEADLINES for an entry; a reveal that was refused has its own."""
    deed = kind.rpartition(":")[2]
    if deed == "revealed" and decision == "deny":
        return "refused"
    return deed if deed in {"revealed", "sealed", "copied"} else kind
