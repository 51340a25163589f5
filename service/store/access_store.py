"""The durable `AccessStore`, on SQLite or PostgreSQL."""

from __future__ import annotations

from typing import cast

from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from service.access.ports import ApiKey, ApiKeyId, Mode, Role, Signer
from service.store.access_tables import ApiKeyRow, SignerRow


def api_key_of(row: ApiKeyRow) -> ApiKey:
    """A row as the value that leaves this room."""
    return ApiKey(
        id=ApiKeyId(row.id),
        platform=row.platform,
        mode=cast(Mode, row.mode),
        role=cast(Role, row.role),
        label=row.label,
        fingerprint=row.fingerprint,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )


def _signer(row: SignerRow) -> Signer:
    return Signer(row.platform, row.address, row.role, row.valid_from, row.valid_until, row.created_at)


class SqlAccessStore:
    """API keys and signers in the service's database. One session a call, so any thread may call."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # A write that begins with a read must hold SQLite's write lock from the start: a transaction that was
        # passed by another writer in between is refused at once ("database is locked"), whatever the timeout.
        self._writing = engine.execution_options(immediate=True)

    def add_api_key(self, key: ApiKey) -> None:
        """Store a new API key."""
        with Session(self._writing) as session, session.begin():
            session.add(
                ApiKeyRow(
                    id=key.id,
                    platform=key.platform,
                    mode=key.mode,
                    role=key.role,
                    label=key.label,
                    fingerprint=key.fingerprint,
                    created_at=key.created_at,
                    revoked_at=key.revoked_at,
                )
            )

    def api_key_by_fingerprint(self, fingerprint: bytes) -> ApiKey | None:
        """The API key with this HMAC."""
        with Session(self._engine) as session:
            row = session.exec(select(ApiKeyRow).where(ApiKeyRow.fingerprint == fingerprint)).first()
            return None if row is None else api_key_of(row)

    def api_keys(self, platform: str | None = None) -> list[ApiKey]:
        """All API keys, oldest first."""
        query = select(ApiKeyRow).order_by(col(ApiKeyRow.number))
        if platform is not None:
            query = query.where(ApiKeyRow.platform == platform)
        with Session(self._engine) as session:
            return [api_key_of(row) for row in session.exec(query)]

    def revoke_api_key(self, key_id: ApiKeyId, at: int) -> ApiKey | None:
        """Mark a key revoked; the guard against moving an earlier revocation stands in the SQL."""
        with Session(self._writing) as session, session.begin():
            session.execute(
                update(ApiKeyRow)
                .where(col(ApiKeyRow.id) == key_id, col(ApiKeyRow.revoked_at).is_(None))
                .values(revoked_at=at)
            )
            row = session.exec(select(ApiKeyRow).where(ApiKeyRow.id == key_id)).first()
            return None if row is None else api_key_of(row)

    def put_signer(self, signer: Signer) -> None:
        """Register a signer or change its validity; `created_at` of the first registration stays."""
        with Session(self._writing) as session, session.begin():
            key = (signer.platform, signer.address, signer.role)
            row = session.get(SignerRow, key)
            if row is None:
                session.add(
                    SignerRow(
                        platform=signer.platform,
                        address=signer.address,
                        role=signer.role,
                        valid_from=signer.valid_from,
                        valid_until=signer.valid_until,
                        created_at=signer.created_at,
                    )
                )
            else:
                row.valid_from = signer.valid_from
                row.valid_until = signer.valid_until

    def signers(self, platform: str) -> list[Signer]:
        """The platform's signers, oldest registration first."""
        query = (
            select(SignerRow)
            .where(SignerRow.platform == platform)
            .order_by(col(SignerRow.created_at), col(SignerRow.address), col(SignerRow.role))
        )
        with Session(self._engine) as session:
            return [_signer(row) for row in session.exec(query)]
