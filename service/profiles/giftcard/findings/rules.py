"""The rules, in the order of the table in which findings are always given."""

from __future__ import annotations

from typing import Final

from service.profiles.giftcard.findings.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    # payout_short.RULE,
    # payout_missing.RULE,
    # payout_late.RULE,
    # payout_duplicate.RULE,
    # deduction_unsupported.RULE,
    # fee_undisclosed.RULE,
    # revision_unaccepted.RULE,
    # revision_after_handover.RULE,
    # revisions_repeated.RULE,
    # headline_gap.RULE,
    # quote_arithmetic.RULE,
    # illusory_promise.RULE,
    # acceptance_invalid.RULE,
    # handover_before_acceptance.RULE,
    # terms_differ.RULE,
    # wrong_payee.RULE,
    # ack_differs.RULE,
    # consent_invalid.RULE,
    # card_twice.RULE,
    # lineage_unbalanced.RULE,
    # escrow_early.RULE,
    # cover_missing.RULE,
    # refund_due.RULE,
    # card_kept_unpaid.RULE,
    # review_missing.RULE,
    # answer_late.RULE,
    # award_unpaid.RULE,
    # back_dated.RULE,
    # claimed_after_anchor.RULE,
    # anchor_late.RULE,
    # anchor_unproved.RULE,
    # chain_broken.RULE,
    # entry_absent.RULE,
    # late_signature.RULE,
    # erased_after_dispute.RULE,
    # receipt_not_delivered.RULE,
)
