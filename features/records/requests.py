"""What the control socket can ask about records: `records_list`, `records_show`, `records_put`."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field

from meshvisor.features.records.results import Record, RecordInfo, RecordList
from meshvisor.features.records.supervisor.service import LONGEST_KEY, Records
from meshvisor.shared.control.request import LongRequest, Request
from meshvisor.supervisor.control.handling import Call, Handler, handles

MOST_LISTED: Final = 1_000


class ListRecords(LongRequest):
    """Records whose keys begin alike, the newest first."""

    type: Literal["records_list"] = "records_list"
    prefix: str = Field("", max_length=LONGEST_KEY)
    limit: int = Field(50, ge=1, le=MOST_LISTED)


@handles(ListRecords, offline=True)
async def list_records(request: ListRecords, call: Call) -> RecordList:
    """Return them without their documents."""
    return await call.need(Records).list_records(request.prefix, request.limit)


class ShowRecord(LongRequest):
    """One record."""

    type: Literal["records_show"] = "records_show"
    key: str = Field(max_length=LONGEST_KEY)


@handles(ShowRecord, offline=True)
async def show_record(request: ShowRecord, call: Call) -> Record:
    """Return it with its document."""
    return await call.need(Records).get(request.key)


class PutRecord(Request):
    """Keep a document under a key, in place of one that is there.

    For jobs, which keep what they have found (`jobs.worker.home`); no command nor page writes one.
    So it is no change by a person, and neither audited nor an event.
    """

    type: Literal["records_put"] = "records_put"
    key: str
    document: dict[str, Any]


@handles(PutRecord, offline=True)
async def put_record(request: PutRecord, call: Call) -> RecordInfo:
    """Keep it."""
    return await call.need(Records).put(request.key, request.document)


HANDLERS: Final[tuple[Handler, ...]] = (list_records, show_record, put_record)
