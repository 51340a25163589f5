"""Sentences of the second half of the table of rules: consents, cards, safeguards, disputes, the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_COVER: Final[Mapping[str, str]] = {
    f"cover_missing.proved.{kind}.{variant}": text.replace("COVER", name)
    for kind, name in (("insurance", "insurance"), ("guarantor", "a guarantor"), ("escrow", "an escrow"))
    for variant, text in (
        (
            "unbound",
            "The quote offered COVER; the card was handed over by {handed:time}, and nothing records that "
            "this was in place.",
        ),
        (
            "late",
            "The quote offered COVER; the card was handed over by {handed:time}, and this was in place only "
            "from {bound:time}.",
        ),
        ("lapsed", "The quote offered COVER; it lapsed on {lapsed:time}, before the user was fully paid."),
        (
            "low",
            "The quote offered COVER; it is limited to {limit:money}, while {owed:money} is owed: "
            "{uncovered:money} is not covered.",
        ),
    )
}

REST: Final[Mapping[str, str]] = {
    "consent_invalid": "whether the signatures given with consents hold",
    "consent_invalid.proved.signature": (
        "The signature attached to {event} does not match what was signed or the address {address}."
    ),
    "consent_invalid.proved.ended": "{event} is signed by {address}, whose key had been ended by then.",
    "consent_invalid.proved.role": "{event} is signed by {address}, a key registered for another role.",
    "consent_invalid.not_proved": "No signature was found that does not hold.",
    "card_twice": "whether one card was held twice at the same time",
    "card_twice.proved": (
        "The same card was handed over in another trade as well, on {first:time} and on {second:time}, and "
        "was held in both for at least {overlap:span}."
    ),
    "card_twice.proved.within": (
        "The same card was handed over twice in this trade, on {first:time} and on {second:time}, and was "
        "held twice for at least {overlap:span}."
    ),
    "card_twice.not_proved": "No card was found to be held twice at the same time.",
    "lineage_unbalanced": "whether the values of cards split, merged or passed on add up",
    "lineage_unbalanced.proved.less": (
        "Cards worth {went_in:money} went in; what came out, fee and remainder make {accounted:money}: "
        "{difference:money} is missing."
    ),
    "lineage_unbalanced.proved.more": (
        "Cards worth {went_in:money} went in; what came out, fee and remainder make {accounted:money}: "
        "{difference:money} too much."
    ),
    "lineage_unbalanced.not_proved": "No values were found that do not add up.",
    "escrow_early": "whether escrow money was released before its condition was met",
    "escrow_early.proved.inspection_pass": (
        "{escrowed:money} in escrow was to wait until the card passed inspection; it was released on "
        "{released:time}, the card passed on {happened:time}."
    ),
    "escrow_early.proved.ack": (
        "{escrowed:money} in escrow was to wait for the user's acknowledgement; it was released on "
        "{released:time}, acknowledged on {happened:time}."
    ),
    "escrow_early.proved.award": (
        "{escrowed:money} in escrow was to wait for the award; it was released on {released:time}, the award "
        "is of {happened:time}."
    ),
    "escrow_early.proved.timeout": (
        "{escrowed:money} in escrow was to wait until it ran out; it was released on {released:time}, and "
        "ran until {happened:time}."
    ),
    "escrow_early.not_proved": "No escrow was found to be released early.",
    "cover_missing": "whether the cover offered with the quote was in place",
    **_COVER,
    "cover_missing.not_proved": "No offered cover was found to be missing.",
    "refund_due": "whether cards or money due back were returned in time",
    "refund_due.proved.card.open": "A card was due back by {due:time}; by {when:time} no return is recorded.",
    "refund_due.proved.card.late": "A card was due back by {due:time}; it was returned on {when:time}.",
    "refund_due.proved.money.open": "Money was due back by {due:time}; by {when:time} no return is recorded.",
    "refund_due.proved.money.late": "Money was due back by {due:time}; it was returned on {when:time}.",
    "refund_due.not_proved": "Nothing was found that was due back and not returned in time.",
    "card_kept_unpaid": "whether a card was kept without payment or return",
    "card_kept_unpaid.proved": (
        "Cards handed over and kept: {cards}. {owed:money} was to be paid for them by {due:time}; by "
        "{now:time} neither a payment nor a return is recorded."
    ),
    "card_kept_unpaid.proved.back": (
        "Cards handed over and then not bought: {cards}. The time to pay ({due:time}) and any time to return "
        "are over, and by {now:time} neither a payment nor a return is recorded."
    ),
    "card_kept_unpaid.not_proved": "No card was found to be kept without payment or return.",
    "review_missing": "whether a trade of this size was reviewed",
    "review_missing.proved.none": (
        "At {measured:money} this trade reaches the review threshold of {threshold:money}; it was paid by "
        "{paid:time}, and no large-amount review that passed is recorded."
    ),
    "review_missing.proved.late": (
        "At {measured:money} this trade reaches the review threshold of {threshold:money}; it was paid by "
        "{paid:time}, and the large-amount review passed only on {finished:time}."
    ),
    "review_missing.not_proved": "No review was found to be missing.",
    "answer_late": "whether the dispute was answered to the point in time",
    "answer_late.proved": (
        "The dispute was opened on {opened:time} and was to be answered to the point by {due:time}; the "
        "answer arrived on {answered:time}, {late:span} late."
    ),
    "answer_late.proved.none": (
        "The dispute was opened on {opened:time} and was to be answered to the point by {due:time}; by "
        "{now:time} no such answer is recorded."
    ),
    "answer_late.not_proved": "No answer was found to be late.",
    "answer_late.not_proved.own": "The platform opened the dispute; there is nothing for it to answer.",
    "award_unpaid": "whether a binding award was paid",
    "award_unpaid.proved": (
        "The award asks for {awarded:money} by {pay_by:time}; by {now:time} no payment of {open:money} of it "
        "is recorded."
    ),
    "award_unpaid.not_proved": "No award was found to be unpaid.",
    "award_unpaid.not_proved.none": "There is no binding award for the platform to pay.",
    "award_unpaid.not_proved.open": "The time to pay the award is not over.",
    "award_unpaid.not_proved.paid": "The award was paid.",
    "back_dated": "whether the log's times of receipt are true",
    "back_dated.proved.after": (
        "The log says that it received this entry on {received:time}, but the entry was in a block of "
        "{block:time} already."
    ),
    "back_dated.proved.before": (
        "The log says that it received this entry on {received:time}, but the entry was not in the log yet "
        "when the log signed it on {signed:time}."
    ),
    "back_dated.not_proved": "No time of receipt was found that the chain contradicts.",
    "late_recorded": "whether entries were recorded late",
    "late_recorded.proved": (
        "Entries that arrived more than five minutes after their events: {entries}; the longest delay is "
        "{longest:span}."
    ),
    "late_recorded.not_proved": "All entries arrived within five minutes of their events.",
    "claimed_after_anchor": "whether an event is claimed to be later than its anchor",
    "claimed_after_anchor.proved": (
        "This event is said to have happened on {occurred:time}, but its entry was in a block of "
        "{block:time} already."
    ),
    "claimed_after_anchor.not_proved": "No event was found that is claimed to be later than its anchor.",
    "anchor_late": "whether the log was anchored when it had promised to be",
    "anchor_late.proved": (
        "The log promised to be anchored by {promised:time}; it was anchored on {anchored:time}, {late:span} "
        "late."
    ),
    "anchor_late.proved.missing": (
        "The log promised to be anchored by {promised:time}; by {now:time} no anchor is recorded."
    ),
    "anchor_late.not_proved": "No anchor was found to be later than promised.",
    "anchor_unproved": "whether the anchors named can be checked independently",
    "anchor_unproved.proved.proof": (
        "The log of size {size} is said to be anchored, but no proof of the registry's record is given."
    ),
    "anchor_unproved.proved.final": "The log of size {size} is anchored in a block that is not final yet.",
    "anchor_unproved.not_proved": "Every anchor named is proven, in a final block.",
    "chain_broken": "whether the entries of the trade form one chain",
    "chain_broken.proved.twice": "Place {place} of this trade holds two different entries.",
    "chain_broken.proved.hole": "Entries {first} to {last} of this trade are missing.",
    "chain_broken.proved.missing": "Entry {place} of this trade is missing.",
    "chain_broken.proved.prev": "Entry {place} of this trade does not follow on the one before it.",
    "chain_broken.not_proved": "The entries of the trade form one chain without holes.",
    "entry_absent": "whether the log has the entries of receipts that others hold",
    "entry_absent.proved": (
        "Somebody holds a genuine receipt of {event}, signed by the log on {signed:time} for index {index}; "
        "among the entries shown the log has no such entry there."
    ),
    "entry_absent.not_proved": "No receipt was found whose entry is missing.",
    "late_signature": "whether a consent was recorded only after the dispute was opened",
    "late_signature.proved": (
        "The dispute was opened on {opened:time}; a consent was recorded only after that, on {recorded:time}."
    ),
    "late_signature.not_proved": "No consent was recorded after a dispute was opened.",
    "erased_after_dispute": "whether content was erased after the dispute was opened",
    "erased_after_dispute.proved": (
        "The dispute was opened on {opened:time}; after that, on {erased:time}, content was erased (entries "
        "concerned: {entries})."
    ),
    "erased_after_dispute.not_proved": "No content is recorded as erased after a dispute was opened.",
    "receipt_not_delivered": "whether the user was handed the receipt of the quote",
    "receipt_not_delivered.proved": "Nothing records that the user was given the receipt of {event}.",
    "receipt_not_delivered.not_proved": "The user is recorded to have been handed the receipt of the quote.",
    "operand.anchor": "the anchor",
    "operand.anchor.proof": "the proof of the registry's record",
    "operand.anchor.final": "whether the block is final",
    "operand.keys": "which keys are registered",
    "operand.actor": "who acted",
    "operand.type": "the type of what was signed",
    "operand.address": "the address that signed",
    "operand.signature": "the signature",
    "operand.salt": "the salt of the signature",
    "operand.platform": "the platform named in the signature",
    "operand.channel": "the channel named in the signature",
    "operand.validUntil": "how long the signature is valid",
    "operand.ref": "the entry that is endorsed",
    "operand.inputs": "the cards that went in",
    "operand.inputs.value": "the value of a card that went in",
    "operand.inputs.fingerprint": "the fingerprint of a card that went in",
    "operand.outputs": "the cards that came out",
    "operand.outputs.value": "the value of a card that came out",
    "operand.fee": "the fee",
    "operand.residue": "the remainder",
    "operand.dispute": "the dispute's id",
    "operand.dispute_step": "the content of a step of the dispute",
    "operand.dispute_award": "an award",
    "operand.by": "by whom",
    "operand.outcome": "the outcome",
    "operand.binding": "whether the award is binding",
    "operand.pay_by": "by when the award is to be paid",
    "operand.condition": "the condition of the release",
    "operand.expires_at": "when the escrow runs out",
    "operand.result": "the result acknowledged",
    "operand.escrow": "the escrow's id",
    "operand.coverage": "the record of the cover",
    "operand.coverage_offered": "the cover offered",
    "operand.limit": "the limit of the cover",
    "operand.kind": "the kind",
    "operand.refund": "the refund's id",
    "operand.direction": "to whom it goes back",
    "operand.due_at": "when it is due back",
    "operand.on_reject": "what was agreed for rejected cards",
    "operand.review": "the reviews",
    "operand.cumulative": "the cumulative amount",
    "operand.finished": "when the review finished",
    "operand.tariff.review_threshold": "the tariff's review threshold",
    "operand.receipt_delivery": "how the receipt was handed over",
}
