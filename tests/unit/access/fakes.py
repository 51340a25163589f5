"""An AccessStore in memory and clocks moved by hand."""

from __future__ import annotations

from dataclasses import replace

from service.access.ports import ApiKey, ApiKeyId, Signer


class MemoryStore:
    """An AccessStore in memory that counts look-ups."""

    def __init__(self) -> None:
        self.rows: list[ApiKey] = []
        self.lookups = 0
        self.signer_rows: list[Signer] = []

    def add_api_key(self, key: ApiKey) -> None:
        self.rows.append(key)

    def api_key_by_fingerprint(self, fingerprint: bytes) -> ApiKey | None:
        self.lookups += 1
        return next((row for row in self.rows if row.fingerprint == fingerprint), None)

    def api_keys(self, platform: str | None = None) -> list[ApiKey]:
        return [row for row in self.rows if platform in (None, row.platform)]

    def revoke_api_key(self, key_id: ApiKeyId, at: int) -> ApiKey | None:
        for number, row in enumerate(self.rows):
            if row.id == key_id:
                self.rows[number] = replace(row, revoked_at=row.revoked_at or at)
                return self.rows[number]
        return None

    def put_signer(self, signer: Signer) -> None:
        same = [row for row in self.signer_rows if (row.address, row.role) != (signer.address, signer.role)]
        self.signer_rows = [*same, signer]

    def signers(self, platform: str) -> list[Signer]:
        return [row for row in self.signer_rows if row.platform == platform]


class Times:
    """Clocks a test moves by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def ms(self) -> int:
        return int(self.seconds * 1000)

    def monotonic(self) -> float:
        return self.seconds
