"""What each code means, said to a person: the edge where codes become sentences."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from i18n.catalogs import translations
from i18n.formats import formats_for
from i18n.messages import N_

SENTENCES: Mapping[str, str] = {
    "web:refused": N_("This could not be done."),
    "web:bad_request": N_("The request could not be understood."),
    "web:not_signed_in": N_("Please sign in first."),
    "web:not_for_this_role": N_("Your role does not include this page. The refusal has been recorded."),
    "web:not_found": N_("There is nothing here that you may see."),
    "web:method_not_allowed": N_("This address does not take that kind of request."),
    "web:too_large": N_("That is too large to be accepted."),
    "web:unsupported_media_type": N_("This kind of content is not accepted here."),
    "web:invalid_fields": N_("Please correct the marked fields."),
    "web:invalid": N_("This value is not valid."),
    "web:required": N_("Please fill in this field."),
    "web:too_long": N_("This is too long."),
    "web:control_character": N_("This contains a character that cannot be stored."),
    "web:foreign_origin": N_("The request did not come from this portal’s own pages, so nothing was done."),
    "web:stale_token": N_("This page is no longer valid. Reload it and try again; nothing was done."),
    "web:stale": N_(
        "Someone changed this while you were editing. Reload to see the current state; your change was not saved."
    ),
    "web:idempotency_key_reused": N_("This idempotency key has been used before; nothing was done again."),
    "web:done_before": N_("This has been done already; nothing was done again."),
    "web:bad_cursor": N_("This page mark is not valid. Start from the first page."),
    "web:search_closed": N_("This search was closed with the session it was made in. Search again."),
    "web:bad_limit": N_("The limit must be a number from 1 to 200."),
    "web:bad_time": N_("Use a time such as 2026-01-31T08:00:00Z."),
    "web:unavailable": N_(
        "A part of the portal is not reachable right now. Nothing was lost; please try again in a moment."
    ),
    "web:fault": N_("Something went wrong on our side. Nothing was changed; the fault has been recorded."),
    "desk:own_act": N_("This case is about an entry of your own. A colleague must look into it."),
    "trail:entry_not_found": N_("There is no such entry in your trail."),
    "trail:ledger_not_that_large": N_("This ledger does not hold so many entries."),
    "trail:link_not_found": N_("This link is not known, or has been replaced."),
    "trail:no_digest": N_("Nobody has asked for this digest."),
    "trail:sizes_in_disorder": N_("The first size must not be larger than the second."),
    "residency:nothing_stated": N_("Nothing has been stated in the ledger yet."),
    "residency:other_region": N_("This belongs to the region “%(region)s” and can only be opened there."),
    "directory:bad_address": N_("Enter an e-mail address such as name@example.com."),
    "directory:away": N_(
        "The address cannot be looked up right now. Choose your region, or try again in a moment."
    ),
    "directory:region_away": N_("This region cannot be reached from here right now."),
    "security:wrong_credentials": N_("The e-mail address or the password is not right."),
    "security:too_many_attempts": N_("Too many attempts. Please wait %(retry_after)s and try again."),
    "security:access_ended": N_(
        "Your access has ended. If you still need it, ask the person who invited you to extend it."
    ),
    "security:access_not_begun": N_("Your access has not begun yet. Your invitation says when it does."),
    "security:account_exists": N_("Somebody already signs in with this e-mail address."),
    "security:wrong_password": N_("The password is not right."),
    "security:not_signed_in": N_("Please sign in first."),
    "security:session_not_found": N_("This session has already ended."),
    "security:keeper_unavailable": N_(
        "The vault is not reachable right now. Nothing was opened or changed; please try again in a moment."
    ),
    "security:malformed_request": N_("The request could not be understood."),
    "security:keeper_failed": N_(
        "The vault could not do this right now. Nothing was opened or changed; please try again in a moment."
    ),
    "security:too_large": N_("That is too large to be accepted."),
    "security:not_an_operator": N_("Your role may not work on keys. The refusal has been recorded."),
    "security:own_request": N_("You have asked for this yourself. Somebody else must approve it."),
    "security:key_job_under_way": N_("The same is under way already, or waits for a second person."),
    "security:key_job_not_found": N_("There is no such work on keys, or it waits no more."),
    "security:erasures_not_configured": N_(
        "This region has no place outside its backups to remember whom it shredded, so it shreds nobody."
    ),
    "security:org_key_closed": N_(
        "The organisation’s own key is closed at its key service, so nothing sealed of its people opens."
    ),
    "security:org_key_unusable": N_("This key cannot be used from here. Nothing has changed."),
    "security:org_key_address": N_("Enter the ARN of a key in AWS KMS."),
    "security:org_key_there": N_("Your organisation has a key of its own already."),
    "security:org_key_none": N_("Your organisation has no key of its own."),
    "security:envelope_refused": N_("A sealed value or key could not be opened. Nothing was lost by it."),
    "security:custody_damaged": N_("The keys of this region are damaged or incomplete at their custodian."),
    "security:custody_permissions": N_("The keys of this region are open to others, so they are not used."),
    "security:custodian_denied": N_("The custodian of the keys refused access."),
    "security:custodian_key_closed": N_("The root key is closed at its custodian."),
    "security:custodian_throttled": N_(
        "The custodian of the keys is too busy. Please try again in a moment."
    ),
    "security:custodian_unreachable": N_("The custodian of the keys is not reachable right now."),
    "passengers:shredded": N_(
        "This person’s sealed data was destroyed for good; nothing more is sealed for them."
    ),
    "security:too_many_reveals": N_(
        "You have revealed many values in a short time. Please wait %(retry_after)s."
    ),
    "security:too_many_searches": N_(
        "You have searched for many numbers in a short time. Please wait %(retry_after)s."
    ),
    "security:too_many_reveals_of_role": N_(
        "Your role has revealed many values in a short time. Please wait %(retry_after)s."
    ),
    "audit:not_covered": N_(
        "The ledger could not record this right now, so nothing was opened. Please try again in a moment."
    ),
    "accounts:unknown_language": N_("Choose one of the languages offered."),
    "accounts:unknown_time_zone": N_("Choose one of the time zones offered."),
    "accounts:unknown_theme": N_("Choose one of the themes offered."),
    "desk:not_found": N_("There is no such case, or none that you may see."),
    "desk:unknown_kind": N_("Choose one of the kinds offered."),
    "desk:unknown_step": N_("There is no such step."),
    "desk:unknown_team": N_("Choose one of the teams offered."),
    "desk:unknown_subject": N_("Choose a passenger and a trip of your own organisation."),
    "desk:holds_card_number": N_(
        "This holds a card number. Please keep it on the passenger’s page, where it is sealed."
    ),
    "desk:not_your_step": N_("This step is not yours to take."),
    "desk:already_closed": N_("This case is closed already."),
    "desk:other_team": N_("This case is with another team."),
    "desk:already_taken": N_("A colleague has this case. It can be handed over with a note."),
    "desk:take_it_first": N_("Take the case first."),
    "directory:bad_pass": N_("This pass is not valid, or it has ended."),
    "directory:wrong_token": N_("This token is not the cell’s."),
    "directory:bad_snapshot": N_("This is no report of open work."),
    "desk:world_queue_away": N_(
        "The world queue is not reachable right now. Your own list is complete without it."
    ),
    "passengers:not_found": N_("There is no such passenger, or none that you may see."),
    "passengers:not_yours": N_("You may only edit passengers of your own organisation."),
    "passengers:unknown_field": N_("There is no such field."),
    "passengers:unknown_purpose": N_("Choose one of the purposes offered."),
    "passengers:purpose_not_allowed": N_("Your role may not see this field for this purpose."),
    "passengers:outside_window": N_(
        "This is only open from 14 days before departure until 2 days after arrival of a leg"
        " that carries this passenger, with that trip as the reference."
    ),
    "passengers:second_person_required": N_("This needs the approval of a second person."),
    "passengers:client_approval_required": N_(
        "This passenger’s organisation wants to be asked first. Ask for its approval."
    ),
    "approvals:not_found": N_("There is no such request, or none that you may see."),
    "approvals:own_request": N_("Nobody approves a request of their own."),
    "approvals:not_yours": N_("What is still open in this request is not yours to decide."),
    "approvals:closed": N_("This request has been decided or withdrawn already."),
    "approvals:expired": N_("This request waited too long. Whoever asked must ask again."),
    "approvals:used_up": N_("This approval has been used already, or has just ended."),
    "approvals:not_needed": N_("Nobody’s approval is needed for this: you can open it yourself."),
    "approvals:too_many_open": N_("Too many of your requests are waiting. Withdraw some first."),
    "approvals:bad_request": N_("This cannot be asked for in that way."),
    "approvals:reason_required": N_("Say in a few words why this is needed."),
    "approvals:unknown_kind": N_("Choose one of the kinds offered."),
    "approvals:unknown_decision": N_("Choose to approve or to decline."),
    "approvals:unknown_finding": N_("Choose one of the findings offered."),
    "approvals:review_not_found": N_("There is no such review."),
    "approvals:review_closed": N_("This review has been closed already."),
    "approvals:own_review": N_("Whoever asked or approved does not review it as well."),
    "approvals:bad_rule": N_("Choose at least one role and one purpose, or none of both."),
    "approvals:not_for_this_role": N_("Only an administrator of the organisation changes this."),
    "approvals:no_grant": N_("The approval had ended before the file was made. Please ask again."),
    "exports:nothing_to_export": N_("No passenger of this trip has any of these on file."),
    "exports:unknown_layout": N_("Choose one of the formats offered."),
    "exports:no_field": N_("Choose at least one field."),
    "exports:too_many": N_("This is more than one file may hold."),
    "exports:not_found": N_("There is no such file, or none that you may see."),
    "exports:not_ready": N_("The file is not ready, or no longer there."),
    "passengers:step_up_required": N_("Please confirm with your password first."),
    "passengers:not_shown": N_("This value is no longer shown. Nothing was copied."),
    "passengers:nothing_on_file": N_("Nothing is on file here."),
    "passengers:name_required": N_("Enter a given name or a family name."),
    "passengers:name_characters": N_("A name has letters, spaces, hyphens, apostrophes and full stops only."),
    "passengers:bad_email": N_("Enter an e-mail address such as name@example.com."),
    "passengers:bad_phone": N_("Enter a phone number with its country code, such as +44 20 7946 0018."),
    "passengers:bad_country": N_("Choose a country from the list."),
    "passengers:bad_date": N_("Enter a date such as 2026-01-31."),
    "passengers:birth_date_in_future": N_("A date of birth cannot be in the future."),
    "passengers:birth_date_too_old": N_("A date of birth cannot be more than 130 years ago."),
    "passengers:unknown_document_kind": N_("Choose the kind of document from the list."),
    "passengers:bad_document_number": N_("A document number has 4 to 20 letters and digits."),
    "passengers:bad_card_number": N_("This card number is not valid; please check the digits."),
    "passengers:bad_card_expiry": N_("Enter the expiry as MM/YY; the card must not have expired."),
    "passengers:bad_holder": N_("Enter the name as it is on the card."),
    "passengers:cvv_not_accepted": N_("The security code is never stored. Please leave it out."),
    "passengers:bad_iban": N_("This IBAN is not valid; please check it."),
    "passengers:bad_bic": N_("This BIC is not valid; it has 8 or 11 letters and digits."),
    "passengers:bic_of_other_country": N_("This BIC belongs to another country than the IBAN."),
    "passengers:bad_check_digit": N_(
        "The check digit of this number is wrong; please compare it with the document."
    ),
    "passengers:unusual_number": N_(
        "This does not look like other numbers of this kind and state. Compare it; if it is printed so, tick the box."
    ),
    "passengers:mrz_check_digit": N_(
        "A check digit of the machine-readable lines is wrong; please compare them with the document."
    ),
    "passengers:mrz_length": N_("Paste both machine-readable lines, 44 characters each, exactly as printed."),
    "passengers:mrz_characters": N_("The machine-readable lines have only A–Z, 0–9 and <."),
    "passengers:mrz_date": N_("A date in the machine-readable lines is not a real date."),
    "passengers:mrz_document_code": N_("These lines are not from a passport."),
    "passengers:mrz_name": N_("The name in the machine-readable lines cannot be read."),
    "passengers:not_searchable": N_("This field cannot be searched by its whole value."),
    "passengers:bad_search": N_("Enter the whole number, as it is on the document or card."),
    "passengers:state_required": N_("Enter the three letters of the issuing state, such as FRA."),
    "passengers:bad_last_four": N_("Enter the last four digits."),
    "passengers:value_too_long": N_("This value is too long to be sealed."),
    "passengers:unknown_item": N_("This entry does not belong to this passenger."),
    "passengers:unknown_name_order": N_("Choose the order of the name."),
    "scans:empty": N_("Choose a file; this one is empty."),
    "scans:unknown_kind": N_("This file is not a JPEG, PNG or PDF, whatever its name says."),
    "scans:too_large": N_(
        "This file is too large. Hand in at most 15 MB; a photo in normal quality is enough."
    ),
    "scans:too_many_pixels": N_("This image is too large in width or height. Take it in normal quality."),
    "scans:too_many_pages": N_("This PDF has more than 10 pages. Hand in only the pages of the document."),
    "scans:damaged": N_("This file is damaged or cut short and cannot be read."),
    "scans:locked": N_("This PDF asks for a password. Save it without one and hand it in again."),
    "scans:too_much_work": N_("This file takes too much time or memory to read. Hand in a simpler one."),
    "scans:too_many_scans": N_("This document has as many scans as it may have. Remove or replace one."),
    "scans:too_many_uploads": N_("Several scans are being taken in already. Try again in a moment."),
    "scans:upload_lost": N_(
        "The scan was not taken in completely. Nothing was kept; please hand it in again."
    ),
    "scans:unknown_scan": N_("There is no such scan, or it was removed meanwhile."),
    "scans:view_ended": N_("This view has ended. Reveal the scan anew if you still need it."),
    "scans:lost": N_("The pages of this scan are missing from the store, so it cannot be opened."),
    "trips:not_found": N_("There is no such trip, or none that you may see."),
    "trips:unknown_airport": N_("Enter the code of an airport, such as GVA or LSGG."),
    "trips:same_airport": N_("Departure and arrival cannot be the same airport."),
    "trips:bad_local_time": N_("Enter a day and a time by the clock of the airport."),
    "trips:nonexistent_time": N_(
        "The clocks of the airport go forward then: this time does not exist there. Choose another."
    ),
    "trips:ambiguous_time": N_(
        "The clocks of the airport go back then: this time comes twice. Say which of the two is meant."
    ),
    "trips:departs_too_early": N_("A leg leaves in the future, and after the one before it has arrived."),
    "trips:unknown_aircraft": N_("Choose one of the aircraft types offered."),
    "trips:unknown_organisation": N_("There is no such organisation, or a passenger is not one of its own."),
    "trips:paper_unavailable": N_("No PDF can be made on this machine: %(missing)s is missing."),
    "manifests:departed": N_("Every leg has left; the manifest can no longer be changed."),
    "manifests:closed": N_("This trip is flown or cancelled; its manifest can no longer be changed."),
    "manifests:not_aboard": N_("This passenger is on no leg still to leave."),
    "manifests:already_aboard": N_("This passenger is already on every leg still to leave."),
    "manifests:unknown_passenger": N_("Choose one of your own passengers."),
    "manifests:full": N_("The aircraft has no more seats on a leg still to leave."),
    "links:not_valid": N_(
        "This link does not work, or no longer. Ask whoever books your travel for a new one."
    ),
    "links:not_found": N_("There is no such link, or none that you may see."),
    "links:no_such_leg": N_("Choose a flight that is still to leave and carries this passenger."),
    "links:ended": N_("This link has ended already."),
    "links:no_address": N_("Add the traveller’s e-mail address first."),
    "links:no_document": N_("Enter at least one document."),
    "links:try_again": N_(
        "This could not be stored just now, and nothing was kept. Please wait half a minute and send it again."
    ),
    "quotes:not_found": N_("There is no such quote, or none that you may see."),
    "quotes:paper_not_found": N_("There is no paper of this acceptance."),
    "quotes:closed": N_("This quote is past that: it was answered, declined, withdrawn or accepted already."),
    "quotes:not_answered": N_("Nothing has been offered yet."),
    "quotes:expired": N_("This offer has expired. Ask again for current prices."),
    "quotes:already_accepted": N_("This quote has already been accepted; nothing was booked twice."),
    "quotes:unknown_option": N_("The quote has no such option."),
    "quotes:step_up_required": N_("Please confirm with your password first."),
    "quotes:name_differs": N_("Type your name as it stands beside the field."),
    "quotes:terms_not_agreed": N_("Read the terms in force and agree to them first."),
    "quotes:no_leg": N_("Enter at least one leg."),
    "quotes:too_many_legs": N_("A quote has at most six legs."),
    "quotes:legs_overlap": N_("A leg cannot leave before the one before it."),
    "quotes:bad_seats": N_("Enter from 1 to 19 passengers."),
    "quotes:unknown_need": N_("Choose from the needs offered."),
    "quotes:unknown_passenger": N_("Choose from your own passengers."),
    "quotes:day_passed": N_("This day has passed."),
    "quotes:day_too_far": N_("This day is more than two years ahead."),
    "quotes:unknown_aircraft": N_("Choose one of the aircraft types offered."),
    "quotes:too_few_seats": N_("This aircraft type has too few seats."),
    "quotes:beyond_range": N_("A leg is beyond the range of this aircraft type."),
    "quotes:departure_passed": N_("This departure has passed."),
    "quotes:bad_validity": N_(
        "An offer holds into the future, at most 60 days, and not past its first departure."
    ),
    "quotes:unknown_currency": N_("Choose one of the currencies offered."),
    "quotes:unknown_price": N_("Choose from the price lines offered."),
    "quotes:bad_amount": N_("Enter an amount such as 12500.00."),
    "quotes:no_price": N_("Enter at least one price."),
    "quotes:wrong_legs": N_("An option has one departure for each leg that was asked for."),
    "notices:not_found": N_("There is no such notice, or none that you may see."),
    "notices:not_confirmed": N_("Only a confirmed trip can be changed here."),
    "notices:no_such_leg": N_("This leg does not belong to this trip."),
    "notices:nothing_changed": N_("Nothing would change: the leg is already so."),
    "notices:stale_answer": N_(
        "This notice has been replaced in the meantime. Open the newest one and answer that."
    ),
    "notices:not_yours": N_("Only the person whom a notice is for can answer it."),
    "notices:unknown_answer": N_("Choose one of the answers offered."),
    "notices:unknown_airport": N_("There is no airport with this code. Use IATA or ICAO."),
    "notices:same_airport": N_("Departure and arrival cannot be the same airport."),
    "notices:bad_tail": N_("A registration has 2 to 10 letters, digits and hyphens."),
    "notices:bad_local_time": N_("Enter a time at the airport such as 2026-01-31T08:00."),
    "notices:no_such_local_time": N_(
        "The clocks at this airport are put forward then: this time does not exist."
    ),
    "notices:ambiguous_local_time": N_(
        "The clocks at this airport are put back then, so this time comes twice. Choose the first or the second."
    ),
    "notices:one_time_only": N_("Give the time either at the airport or in UTC, not both."),
    "notices:departs_in_the_past": N_("The departure can only be moved into the future."),
    "notices:leg_too_long": N_("A leg lasts 24 hours at most. Check the day of arrival."),
    "notices:arrives_before_departing": N_("The arrival must be after the departure."),
    "notices:link_not_found": N_("This link is not valid, or no longer. Sign in to see your notices."),
    "accounts:unknown_mails": N_("Choose how much a mail may say."),
    "alarms:not_yours": N_("Alarms are for compliance only. The attempt has been recorded."),
    "alarms:decoy_already": N_("This passenger is a decoy already."),
    "alarms:no_decoy": N_("This passenger is no decoy."),
    "alarms:no_such_alarm": N_("There is no such alarm."),
    "alarms:closed_already": N_("This alarm is closed already."),
    "alarms:about_you": N_("This alarm is about you. Another person of compliance must close it."),
    "attestations:not_found": N_("There is no such access review, or it is not yours."),
    "attestations:not_yours": N_("Somebody else attests or signs this."),
    "attestations:signed_already": N_("This review is signed already."),
    "attestations:own_access": N_("Nobody decides about the own access. Another person must."),
    "attestations:not_all_attested": N_("Not everybody is attested yet."),
    "attestations:no_such_person": N_("There is no such person who could be it."),
    "attestations:last_of_role": N_("This is the last person of this role. Name another first."),
    "attestations:decision_required": N_("Say whether this person keeps the access."),
    "attestations:other_role_required": N_("Choose another role."),
    "attestations:reason_required": N_("Say in a few words why."),
    "reports:not_found": N_("There is no such report."),
    "reports:not_ready": N_("The report is not ready yet."),
    "reports:failed": N_("The report could not be made. Please ask for a new one."),
    "reports:unknown_month": N_("Choose a month that is over and of which the ledger knows."),
    "alarms:taken_already": N_("Somebody of compliance has taken this alarm already."),
    "alarms:verdict_required": N_("Say whether it was one, or a false positive."),
    "alarms:mute_needs_false_positive": N_("Only after a false positive may a rule keep silent."),
    "alarms:not_muted": N_("The rule does not keep silent about this person."),
    "alarms:words_required": N_("Write a few words."),
    "alarms:unknown_rule": N_("There is no such rule."),
    "alarms:both_numbers": N_("Give both numbers, or none."),
    "alarms:whole_number": N_("Enter a whole number within the limits."),
    "alarms:vip_already": N_("This passenger is marked already."),
    "alarms:no_vip": N_("This passenger is not marked."),
    "alarms:finding_required": N_("Say in a few words what was found."),
    "policy:no_proposal": N_("There is no such proposal."),
    "policy:not_your_change": N_("This is not yours to change or decide."),
    "policy:same_person": N_("You proposed this. Another person must decide."),
    "policy:compliance_needed": N_("One of the two people must be of compliance."),
    "policy:not_waiting": N_("This has been decided already."),
    "policy:expired": N_("This proposal has expired. Propose it anew if it is still wanted."),
    "policy:overtaken": N_("Another change of this cell came first. Withdraw this proposal and look again."),
    "policy:unknown_cell": N_("The matrix has no such cell."),
    "policy:nothing_changes": N_("Nothing would change: the cell already says so."),
    "policy:open_fields_stay": N_("Names and contact data are not changed here."),
    "policy:unsafe": N_("No matrix may say this."),
    "policy:reason_required": N_("Say in a few words why."),
    "auditors:not_yours": N_("Only compliance invites auditors. The attempt has been recorded."),
    "auditors:no_such_auditor": N_("There is no such external auditor, or the access was revoked."),
    "auditors:bad_window": N_("The end must be ahead, after the begin, and within 366 days of it."),
    "auditors:bad_scope": N_("Choose kinds, fields and a period that the ledger knows."),
    "auditors:bad_email": N_("Enter an e-mail address such as name@example.com."),
    "auditors:invitation_not_valid": N_(
        "This invitation does not work, or no longer. Ask the person who invited you for a new one."
    ),
    "auditors:password_too_short": N_("Choose a password of at least 12 characters."),
    "auditors:passwords_differ": N_("The two passwords are not the same."),
    "auditors:outside_scope": N_("Your access does not include this page. The attempt has been recorded."),
    "extracts:not_found": N_("There is no such extract of yours."),
    "extracts:not_ready": N_("The extract is not ready yet."),
    "extracts:failed": N_("The extract could not be made. Please ask for a new one."),
    "extracts:expired": N_("The extract has expired and was removed. Please ask for a new one."),
    "extracts:unknown_layout": N_("Choose CSV, XLSX, Parquet or JSON."),
    "extracts:too_many_open": N_("Three extracts of yours are being made already. Wait for one of them."),
    "extracts:too_many_rows": N_(
        "An XLSX sheet holds at most 1,048,575 entries. Choose CSV or Parquet, or a narrower filter."
    ),
    "extracts:nothing_yet": N_("The ledger has no entry yet."),
    "extracts:schedule_not_found": N_("There is no such scheduled report of yours."),
    "extracts:unknown_rhythm": N_("Choose weekly or monthly."),
    "extracts:bad_day": N_("Choose a day of the week, or a day of the month from 1 to 28."),
    "extracts:bad_hour": N_("Choose an hour from 0 to 23."),
    "extracts:too_many_schedules": N_("You have ten scheduled reports already. Delete one first."),
    "findings:not_found": N_("There is no such finding that you may see."),
    "findings:unknown_severity": N_("Choose a severity."),
    "findings:bad_entries": N_("Give the numbers of one to 100 entries, separated by spaces or commas."),
    "findings:entries_unseen": N_("One of these numbers is no entry that you may see."),
    "findings:due_in_the_past": N_("The due date must be ahead, and at most two years."),
    "findings:unknown_step": N_("Choose one of the steps offered."),
    "findings:not_now": N_("This step does not fit the state of the finding any more. Reload the page."),
    "findings:not_your_step": N_("This step belongs to another role."),
    "findings:second_auditor_required": N_(
        "A second auditor signs off: neither the one who opened the finding nor the one who closed it."
    ),
    "oversight:entry_not_found": N_("The ledger has no entry with this number yet."),
    "oversight:compliance_only": N_("Only compliance may start from a person in the ledger."),
    "oversight:reason_required": N_("Say why you need this person’s entries."),
    "oversight:ends_before_it_begins": N_("The end lies before the beginning."),
    "oversight:not_a_pseudonym": N_(
        "A pseudonym has 43 characters. Starting from a person is for compliance, and is an entry of its own."
    ),
    "oversight:not_your_search": N_("A colleague’s search can be opened, not changed."),
    "oversight:other_region": N_("Entries of another region are in that region’s own ledger."),
    "oversight:search_not_found": N_("There is no such search."),
    "oversight:too_many_searches": N_("You keep a hundred searches already. Delete one first."),
    "oversight:export_not_found": N_("There is no such export."),
    "oversight:export_not_ready": N_("The export is not ready yet."),
    "oversight:export_failed": N_("The export could not be made. Please ask for a new one."),
}


def sentence(tag: str, code: str, facts: Mapping[str, Any] | None = None) -> str:
    """Say a code in a language; facts fill its places, isolated so that they cannot turn the line around."""
    speech, general, filled = translations(tag), SENTENCES["web:refused"], dict(facts or {})
    if "retry_after" in filled:
        filled["retry_after"] = formats_for(tag).duration(timedelta(seconds=int(filled["retry_after"])))
    try:
        return speech.say(SENTENCES.get(code, general), **filled)
    except KeyError:
        return speech.say(general)
