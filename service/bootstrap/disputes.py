"""The room of disputes over the service's database and logs."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Engine

import service
from service.api.services import OpenLog
from service.bootstrap.access import clock_ms
from service.bootstrap.follower import case_log
from service.bootstrap.random import RandomBytes
from service.disputes.attachments import Files
from service.disputes.consents import Consents
from service.disputes.forgetting import CaseForgetting
from service.disputes.index import CaseIndexing
from service.disputes.naming import Naming
from service.disputes.recorder import LogRecorder
from service.disputes.room import CaseRoom
from service.disputes.steps import Steps
from service.store.attachment_store import SqlAttachmentStore
from service.store.dispute_store import SqlCaseIndex
from service.store.keyfiles import KeyFiles


def open_cases(engine: Engine, keys: KeyFiles, logs: Iterable[OpenLog]) -> CaseRoom:
    """Cases of these logs."""
    index, attachments, random = SqlCaseIndex(engine), SqlAttachmentStore(engine), RandomBytes()
    recorder, naming = LogRecorder(random), Naming(keys.secret("disputes"), random)
    return CaseRoom(
        logs={opened.name: case_log(opened) for opened in logs},
        index=index,
        steps=Steps(
            recorder,
            index,
            attachments,
            naming,
            clock_ms=clock_ms,
            version=service.__version__,
        ),
        files=Files(attachments, clock_ms),
        consents=Consents(recorder, naming, clock_ms=clock_ms, version=service.__version__),
        clock_ms=clock_ms,
    )


def case_indexing(engine: Engine) -> CaseIndexing:
    """The follower's handler that keeps the index of cases."""
    return CaseIndexing(SqlCaseIndex(engine), SqlAttachmentStore(engine))


def case_forgetting(engine: Engine, logs: Iterable[OpenLog]) -> CaseForgetting:
    """What the index and the files copy of claims that are erased."""
    return CaseForgetting(
        SqlCaseIndex(engine), SqlAttachmentStore(engine), [case_log(opened) for opened in logs]
    )
