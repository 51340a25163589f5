"""The envelope's members, shared objects, and the claims that any event may carry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.profiles.giftcard.catalogue.text import Entry, entry

MEMBERS: Final[Mapping[str, Mapping[str, Entry]]] = {
    "Envelope": {
        "event": entry(
            "事件号",
            "Event id",
            "本日志内唯一，亦为幂等键；不得是手机号或身份证号",
            "Unique in the log and the idempotency key; never a mobile or identity number",
        ),
        "trade": entry("交易号", "Trade id", "不得是手机号或身份证号", "Never a mobile or identity number"),
        "type": entry("事件类型", "Event type"),
        "occurred": entry(
            "发生时间", "Occurred", "平台所述的发生时间", "When it happened, as the platform says"
        ),
        "claims": entry(
            "声明", "Claims", "每个顶层声明各自披露", "Each top-level claim is disclosed by itself"
        ),
        "disclosures": entry(
            "披露项",
            "Disclosures",
            "发布者自带盐；名称和值须与声明一致",
            "The poster's own salts; names and values must equal the claims",
        ),
        "decoy": entry("诱饵摘要", "Decoy digest", "使用自带披露项时必填", "Required with own disclosures"),
        "signatures": entry(
            "签名", "Signatures", "已登记服务密钥对陈述的签名", "Registered service keys over the statement"
        ),
    },
    "EventSignature": {
        "type": entry("签名类型", "Signature type"),
        "address": entry("签名地址", "Signer's address"),
        "role": entry("角色", "Role"),
        "signature": entry("签名", "Signature"),
    },
    "Claims": {
        "capture": entry("采集方式", "Capture"),
        "actor": entry("行为人", "Actor"),
        "presented": entry("展示内容", "Presented"),
        "attachments": entry("附件", "Attachments"),
        "corroboration": entry("第三方佐证", "Corroboration"),
        "audience": entry(
            "受众",
            "Audience",
            "默认 parties；review 默认 restricted",
            "parties unless stated; restricted for a review",
        ),
    },
    "Ref": {
        "event": entry("事件号", "Event id"),
        "digest": entry(
            "陈述摘要",
            "Statement digest",
            "发布时可省略，由服务补全",
            "May be absent when posting: the service fills it in",
        ),
    },
    "LineItem": {"line": entry("行号", "Line")},
    "Capture": {
        "mode": entry("方式", "Mode"),
        "system": entry("系统", "System"),
        "version": entry("版本", "Version"),
        "sent_at": entry("发送时间", "Sent at", "客户端时钟", "By the client's clock"),
        "device": entry("设备", "Device"),
        "queued_reason": entry("滞留原因", "Why it was queued"),
    },
    "Actor": {"role": entry("角色", "Role"), "party": entry("当事人", "Party")},
    "Presented": {
        "digest": entry("内容摘要", "Digest"),
        "media_type": entry("媒体类型", "Media type"),
        "locale": entry("语言区域", "Locale"),
        "template": entry("模板", "Template"),
    },
    "Attachment": {
        "digest": entry("文件摘要", "Digest"),
        "media_type": entry("媒体类型", "Media type"),
        "bytes": entry("字节数", "Size in bytes"),
        "label": entry("名称", "Label"),
    },
    "Corroboration": {
        "kind": entry("种类", "Kind"),
        "ref": entry(
            "参考号", "Reference", "第三方参考号，或事件引用", "The third party's reference, or an event"
        ),
        "digest": entry("内容摘要", "Digest"),
        "issuer": entry("出具方", "Issuer"),
    },
    "Consent": {
        "method": entry("方式", "Method"),
        "subject": entry("同意人", "Subject"),
        "shown_at": entry("展示时间", "Shown at"),
        "third_party_ref": entry("第三方参考号", "Third party's reference"),
        "evidence": entry("证据摘要", "Evidence digest"),
        "type": entry(
            "签名消息类型",
            "Signed message's type",
            "EIP-712 主类型：Acceptance、Acknowledgement 或 Endorsement",
            "The EIP-712 primary type: Acceptance, Acknowledgement or Endorsement",
        ),
        "address": entry("签名地址", "Signer's address"),
        "signature": entry("签名", "Signature"),
        "salt": entry("签名盐", "Signature salt"),
        "platform": entry("平台名称", "Platform", "与签名文本一致", "As in the signed message"),
        "channel": entry("收款渠道", "Channel", "与签名文本一致", "As in the signed message"),
        "validUntil": entry("有效期至", "Valid until", "与签名文本一致", "As in the signed message"),
        "ref": entry(
            "所背书事件", "Endorsed event", "签署角色取自 actor", "The role signed for is the actor's"
        ),
    },
}
