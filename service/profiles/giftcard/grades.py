"""How well a consent is authenticated, in four grades. A grade is stated, never held against anybody: hardly
any consumer has a wallet.

- **A**: signed by a key that the user holds and that was bound to the user before. A key is *bound before*
  when, earlier than this consent was received, (1) it was registered in the role `user`, or (2) an earlier
  entry of the trade carries a valid consent of the same key for the same `subject`, or (3) a third party's
  valid Endorsement, by its registered key (any role but platform and user), stands behind an earlier entry
  with a valid consent of this key. Whatever binds it must be older than the consent, or the platform could
  make key and binding in one go when it needs them. A first consent by an unknown key is therefore no A.
- **B**: a third party authenticated the user (WeChat, SMS, face) and the consent names that party's record.
- **C**: the platform's own record, paper or voice; also an authentication that names no third party's
  record, a passkey (its assertion is not part of version 1), and a valid signature by a key that nobody
  bound.
- **D**: nothing, or a signature that does not hold, or by a key that was not valid or not the user's then.

No grade where what decides it is not shown (None): withheld or erased is not the same as absent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from service.profiles.giftcard.findings import signed_consents
from service.profiles.giftcard.findings.model import Reference, Shown, TradeView

_THIRD_PARTY: Final = ("wechat", "sms_otp", "face")
_OWN: Final = ("paper", "voice", "passkey")


class Grade(StrEnum):
    """The four grades, best first."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


@dataclass(frozen=True, slots=True)
class ConsentGrade:
    """The grade of one entry's consent (None: not shown), the stable code of its reason, and a sentence."""

    reference: Reference
    type: str
    grade: Grade | None
    reason: str
    zh: str
    en: str


def grades(view: TradeView) -> tuple[ConsentGrade, ...]:
    """The grade of every consent of the trade, in order of seq; of types that ask for none only where there
    is one.
    """
    asked = signed_consents.CONSENTING
    return tuple(
        grade_of(view, each) for each in view.entries if each.type in asked or "consent" in each.claims
    )


def grade_of(view: TradeView, entry: Shown) -> ConsentGrade:
    """The grade of one entry's consent."""
    grade, reason = _judge(view, entry)
    zh, en = _TEXTS[reason]
    return ConsentGrade(Reference(entry.event, entry.leaf), entry.type, grade, reason, zh, en)


def _judge(view: TradeView, entry: Shown) -> tuple[Grade | None, str]:
    consent = signed_consents.consent_of(entry)
    if consent is None:
        return (None, "not_shown") if entry.withheld else (Grade.D, "absent")
    signature = signed_consents.checked(view, entry)
    if signature is not None:
        return _signed(view, entry, signature)
    method = consent.get("method")
    if method in _THIRD_PARTY:
        named = bool(consent.get("third_party_ref"))
        return (Grade.B, "third_party_record") if named else (Grade.C, "no_third_party_record")
    if method in _OWN:
        return Grade.C, str(method)
    return Grade.D, "absent"


def _signed(view: TradeView, entry: Shown, signature: signed_consents.Checked) -> tuple[Grade | None, str]:
    if signature.holds is None:
        return None, "not_checkable"
    if not signature.holds:
        return Grade.D, "signature_wrong"
    standing = signed_consents.standing(view, entry, signature.address)
    if standing is not signed_consents.Standing.GOOD:
        return _BAD_STANDING[standing]
    role = signed_consents.role_of(entry)
    registered = signed_consents.registrations(view, signature.address)
    if any(key.role == role and key.valid_from < entry.received for key in registered):
        return Grade.A, "key_registered_before"
    if _same_subject_before(view, entry, signature.address):
        return Grade.A, "key_used_before"
    if _endorsed_before(view, entry, signature.address):
        return Grade.A, "key_endorsed_before"
    return Grade.C, "key_not_bound"


_BAD_STANDING: Final = {
    signed_consents.Standing.ENDED: (Grade.D, "key_ended"),
    signed_consents.Standing.ANOTHER_ROLE: (Grade.D, "key_of_another_role"),
    signed_consents.Standing.UNKNOWN: (None, "not_checkable"),
}


def _earlier(view: TradeView, entry: Shown) -> Iterator[tuple[Shown, signed_consents.Checked]]:
    """Earlier entries of the trade with a signed consent that holds."""
    for each in view.entries:
        if each.seq < entry.seq:
            found = signed_consents.checked(view, each)
            if found is not None and found.holds:
                yield each, found


def _same_subject_before(view: TradeView, entry: Shown, address: str) -> bool:
    subject = (signed_consents.consent_of(entry) or {}).get("subject")
    return subject is not None and any(
        found.address == address and (signed_consents.consent_of(each) or {}).get("subject") == subject
        for each, found in _earlier(view, entry)
    )


def _endorsed_before(view: TradeView, entry: Shown, address: str) -> bool:
    """Whether a third party, by its registered key, stood behind an entry that this key consented in."""
    earlier = list(_earlier(view, entry))
    consented = {f"0x{each.digest.hex()}" for each, found in earlier if found.address == address}
    for each, found in earlier:
        consent = signed_consents.consent_of(each) or {}
        ref = consent.get("ref")
        role = signed_consents.role_of(each)
        if (
            consent.get("type") == "Endorsement"
            and role not in ("platform", "user")
            and any(key.role == role for key in signed_consents.registrations(view, found.address))
            and signed_consents.standing(view, each, found.address) is signed_consents.Standing.GOOD
            and found.address != address
            and isinstance(ref, dict)
            and ref.get("digest") in consented
        ):
            return True
    return False


_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "key_registered_before": (
        "用户用自己的密钥签名，该密钥在此之前已登记。",
        "Signed with the user's own key, which had been registered before.",
    ),
    "key_used_before": (
        "用户用自己的密钥签名，此前同一人已用同一密钥在本交易中签过名。",
        "Signed with the user's own key; the same person had signed with it earlier in this trade.",
    ),
    "key_endorsed_before": (
        "用户用自己的密钥签名，此前已有第三方为用该密钥作出的记录背书。",
        "Signed with the user's own key; a third party had already endorsed a record made with it.",
    ),
    "third_party_record": (
        "由第三方（微信、短信或人脸识别）验证了用户身份，并注明了对方的记录编号。",
        "A third party (WeChat, SMS or face recognition) authenticated the user; its record is named.",
    ),
    "no_third_party_record": (
        "平台称用户通过了微信、短信或人脸验证，但没有注明第三方的记录编号。",
        "The platform says that the user passed a WeChat, SMS or face check, and names no record of it.",
    ),
    "paper": ("用户在纸上签字，原件由平台保存。", "Signed by the user on paper, which the platform keeps."),
    "voice": ("平台保存了用户的录音确认。", "The platform keeps a recording of the user's word."),
    "passkey": (
        "平台记录用户用通行密钥确认，这份记录无法在此独立核验。",
        "The platform recorded a passkey confirmation, which cannot be checked independently here.",
    ),
    "key_not_bound": (
        "签名有效，但此前没有任何记录表明该密钥属于这名用户。",
        "The signature is valid, but no earlier record ties the key to this user.",
    ),
    "absent": ("没有记录用户以何种方式确认。", "Nothing was recorded of how the user agreed."),
    "signature_wrong": (
        "所附签名与记录的内容或密钥不符。",
        "The signature attached does not match the recorded content or key.",
    ),
    "key_ended": ("签名所用的密钥当时已停用。", "The key had been ended when this consent arrived."),
    "key_of_another_role": (
        "签名所用的密钥登记在另一身份名下。",
        "The key is registered to somebody in another role.",
    ),
    "not_shown": ("这里没有出示用户如何确认。", "How the user agreed is not shown here."),
    "not_checkable": (
        "核验签名所需的部分内容没有出示。",
        "Part of what is needed to check the signature is not shown here.",
    ),
}
