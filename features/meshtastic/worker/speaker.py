"""Saying something over a radio, and knowing what became of it.

Owns the ids of packets, what the radio says about each, and acknowledgements.  A radio drops a text
that comes too soon after another, and says so only by not making room for it: such a text is given
to it once more, under the same id, which all nodes take for the same text.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from meshvisor.features.meshtastic.wire.client_api import QueueStatus, send_packet
from meshvisor.features.meshtastic.wire.node_ids import BROADCAST
from meshvisor.features.meshtastic.wire.packet import RELIABLE, Data, Packet, Port
from meshvisor.features.meshtastic.wire.payloads import routing_error, why
from meshvisor.worker.logs.bound import bound_log, notable
from meshvisor.worker.mesh.transport import Delivery, NotInMeshError, NotSentError

TRIES: Final = 3
"""How often one text is given to the radio."""

MOST_FOLLOWED: Final = 200
"""Texts whose acknowledgements are still understood."""

ON_AIR: Final = "on_air"
DELIVERED: Final = "delivered"
FAILED: Final = "failed"

log = bound_log(__name__)


class Speaker:
    """Says things through one radio.

    Args:
        post: gives the radio a message.
        delivered: called with what became of a text.
        patience: seconds that the radio's word on a packet may take.
        wait: seconds until a text that the radio has dropped is given to it again.
    """

    def __init__(
        self,
        post: Callable[[bytes], None],
        delivered: Callable[[Delivery], None],
        patience: float,
        wait: float,
    ) -> None:
        self._post = post
        self._delivered = delivered
        self._patience = patience
        self._wait = wait
        self._waiting: dict[int, asyncio.Future[QueueStatus]] = {}
        self._sent: OrderedDict[int, int] = OrderedDict()
        """To whom the last texts were, by their ids."""
        self._dropped = 0
        self._is_over = False

    async def say(self, text: str, to: int, channel: int, reply_to: int, hop_limit: int) -> str:
        """Send one text; return its id.

        Raises:
            NotInMeshError: the connection is over.
            NotSentError: the radio did not take it.
        """
        number = secrets.randbelow(0xFFFF_FFFF) + 1
        packet = Packet(
            id=number,
            to=to,
            channel=channel,
            data=Data(Port.TEXT, text.encode("utf-8", "replace"), reply_id=reply_to),
            hop_limit=hop_limit,
            want_ack=to != BROADCAST,
            priority=RELIABLE,
        )
        self._sent[number] = to
        if len(self._sent) > MOST_FOLLOWED:
            self._sent.popitem(last=False)
        message = send_packet(packet)
        for _ in range(TRIES):
            status = await self._given(message, number)
            if status is None or status.free < status.most or status.error:
                break
            self._note_dropped()
            await asyncio.sleep(self._wait)
        else:
            raise NotSentError("the radio takes no text so soon after the last one", self._wait)
        if status is not None and status.error:
            raise NotSentError(f"the radio did not take it: {why(status.error)}")
        return text_id(number)

    def answered(self, status: QueueStatus) -> None:
        """Take in what the radio has done with a packet."""
        waiting = self._waiting.get(status.packet_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(status)

    def routed(self, packet: Packet, own: int) -> None:
        """Take in an acknowledgement, which may be the radio's own.

        Of its own radio it says that another node has repeated the text, or that none has
        acknowledged it; of the node that the text was for, that this has it.
        """
        assert packet.data is not None
        number = packet.data.request_id
        error = routing_error(packet.data.payload)
        if error is None or number not in self._sent:
            return
        if error:
            self._delivered(Delivery(text_id(number), FAILED, why(error)))
        elif packet.sender == own:
            self._delivered(Delivery(text_id(number), ON_AIR))
        elif packet.sender == self._sent[number]:
            self._delivered(Delivery(text_id(number), DELIVERED))

    def end(self) -> None:
        """Release all waiting callers: the connection is over."""
        self._is_over = True
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(_over())

    # Private

    async def _given(self, message: bytes, number: int) -> QueueStatus | None:
        """Give a packet to the radio; return its first word on it, or None: it says none."""
        if self._is_over:
            raise _over()
        self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            self._post(message)
            async with asyncio.timeout(self._patience):
                return await self._waiting[number]
        except TimeoutError:
            return None  # it was probably said; to say it again would be worse
        finally:
            del self._waiting[number]

    def _note_dropped(self) -> None:
        self._dropped += 1
        if notable(self._dropped):
            log.warning(
                "The radio has dropped a text that came too soon; it gets it again",
                event="text_dropped",
                count=self._dropped,
            )


def text_id(number: int) -> str:
    """Return the id of a text."""
    return f"{number:08x}"


def text_number(message_id: str | None) -> int:
    """Return the number of a text; 0: it has none here."""
    try:
        return int(message_id or "", 16) & 0xFFFF_FFFF
    except ValueError:
        return 0


def _over() -> NotInMeshError:
    return NotInMeshError("the connection to the radio is over")
