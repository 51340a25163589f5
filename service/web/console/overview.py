"""The first page: how the platform's log is doing, live."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import orjson
from fastapi import Request, Response

from service.api.media import JSON
from service.profiles import giftcard
from service.web.console.figures import Figures, Point
from service.web.console.showing import ConsoleTexts, script_data, show
from service.web.console.visits import Visit, visit_of
from service.web.language import Language
from service.web.wording import moment_of, span

_GWEI = 10**9
_ETHER = 10**18


def shown(figures: Figures, texts: ConsoleTexts, language: Language, *, embedded: bool) -> Mapping[str, str]:
    """Every figure as text."""
    standing, expense = figures.standing, figures.expense
    waiting = standing.size - standing.anchored
    unknown = texts("unknown")
    return {
        "entries": f"{standing.size:,}",
        "rate": unknown if figures.rate is None else texts("a_second", count=f"{figures.rate:.3g}"),
        "waiting": f"{waiting:,}",
        "lag": texts("nothing_waits") if not waiting else span(figures.lag, language),
        "anchored_at": (
            texts("never") if standing.anchored_at is None else moment_of(standing.anchored_at).text
        ),
        "next": texts("nothing_waits") if figures.next_at is None else _soon(figures, texts, language),
        "promised": (
            texts("nothing_waits") if standing.promised_by is None else moment_of(standing.promised_by).text
        ),
        "gas": unknown if expense.gas is None else texts("gas_each", gas=f"{expense.gas:,.0f}"),
        "cost": _cost(figures, texts, embedded=embedded),
        "faults": unknown if expense.faults is None else str(expense.faults),
        "halted": texts("running") if standing.halted is None else texts("halted"),
    }


def _soon(figures: Figures, texts: ConsoleTexts, language: Language) -> str:
    assert figures.next_at is not None
    left = figures.next_at - figures.at
    return texts("any_moment") if left < 1000 else texts("in_span", span=span(left, language))


def _cost(figures: Figures, texts: ConsoleTexts, *, embedded: bool) -> str:
    gas, price = figures.expense.gas, figures.expense.price
    if embedded:
        return texts("costs_nothing")
    if gas is None or price is None:
        return texts("unknown")
    return texts("ether_each", ether=f"{gas * price / _ETHER:.10f}", gwei=f"{price / _GWEI:.4g}")


def curves(history: tuple[Point, ...]) -> Mapping[str, list[float]]:
    """The history for charts: seconds, entries a second since the look before, seconds of waiting."""
    return {
        "at": [later.at / 1000 for _, later in pairwise(history)],
        "rate": [
            1000 * (later.size - earlier.size) / max(1, later.at - earlier.at)
            for earlier, later in pairwise(history)
        ],
        "lag": [later.lag / 1000 for _, later in pairwise(history)],
    }


async def _figures(visit: Visit) -> Figures:
    name = visit.log.name
    return await visit.services.off_loop(lambda: visit.room.board.figures(name))


def _answer(visit: Visit, figures: Figures) -> dict[str, Any]:
    texts = ConsoleTexts("overview", visit.language)
    return {
        "shown": shown(figures, texts, visit.language, embedded=visit.room.embedded),
        "halted": figures.standing.halted is not None,
        "faults": bool(figures.expense.faults),
        "late": (figures.standing.promised_by is not None and figures.standing.promised_by < figures.at),
        "history": curves(figures.history),
    }


async def get_overview(request: Request) -> Response:
    """The figures as they are, and a script that keeps them so."""
    visit = visit_of(request)
    figures = await _figures(visit)
    answer = _answer(visit, figures)
    values = {
        "figures": answer,
        "data": script_data(answer),
        "empty": figures.standing.size == 0,
        "example": orjson.dumps(giftcard.example("quote"), option=orjson.OPT_INDENT_2).decode(),
        "embedded": visit.room.embedded,
        "hours": visit.room.promise // 60,
    }
    return show(visit, "overview", "overview", values)


async def get_figures(request: Request) -> Response:
    """The same figures for the script."""
    visit = visit_of(request)
    return Response(orjson.dumps(_answer(visit, await _figures(visit))), 200, None, JSON)
