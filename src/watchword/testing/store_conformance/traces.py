"""Traces of refused requests.

Source: oauth.md section 17.
"""

from dataclasses import replace

from watchword.oauth.traces import TRACE_SECONDS, Sent, Trace
from watchword.testing.store_conformance.expectation import expect
from watchword.testing.store_conformance.world import NOW, World

__all__ = ["CHECKS"]

TRACE = Trace(
    id="failure_1",
    at=NOW,
    endpoint="POST /token",
    status=400,
    code="invalid_grant",
    client_id="app",
    user_id=None,
    sent=(Sent("grant_type", "refresh_token"),),
    steps=("oauth.grants.refresh_token.exchange",),
    public="the refresh token is not valid",
    detail="expired",
)


async def trace_comes_back_as_it_was_written(world: World) -> None:
    """By its id, in its own tenant."""
    await world.store.add_traces((TRACE, replace(TRACE, id="failure_2")), now=NOW)
    expect(await world.store.find_trace("failure_1"), TRACE, "the trace")
    expect(await world.store.find_trace("failure_9"), None, "an unknown id")
    other = await world.open_other_tenant()
    expect(await other.find_trace("failure_1"), None, "another tenant")


async def old_traces_go_as_others_come(world: World) -> None:
    """No operator has to look after them."""
    await world.store.add_traces((TRACE,), now=NOW)
    later = NOW + TRACE_SECONDS
    await world.store.add_traces((replace(TRACE, id="failure_2", at=later),), now=later)
    expect(await world.store.find_trace("failure_1"), None, "it is gone")
    expect((await world.store.find_trace("failure_2")) is None, False, "this one is not")


async def trace_names_a_person_who_is_there(world: World) -> None:
    """Whoever is gone stays gone."""
    user_id = await world.user()
    named = replace(TRACE, user_id=user_id)
    gone = replace(TRACE, id="failure_2", user_id="user_gone")
    await world.store.add_traces((named, gone), now=NOW)
    expect(await world.store.find_trace("failure_1"), named, "the person")
    expect(await world.store.find_trace("failure_2"), replace(gone, user_id=None), "nobody")


async def traces_are_paged(world: World) -> None:
    """The newest first, by any seam; of this tenant alone."""
    store = world.store
    found = tuple(replace(TRACE, id=f"failure_{n}", at=NOW + n // 2) for n in (4, 3, 2, 1))
    await store.add_traces(found, now=NOW)
    expect(await store.page_traces(), found, "the newest comes first")
    page = await store.page_traces(limit=1)
    while more := await store.page_traces(before=(page[-1].at, page[-1].id), limit=1):
        page += more
    expect(page, found, "pages join without a seam")
    other = await world.open_other_tenant()
    expect(await other.page_traces(), (), "another tenant")


CHECKS = (
    trace_comes_back_as_it_was_written,
    old_traces_go_as_others_come,
    trace_names_a_person_who_is_there,
    traces_are_paged,
)
