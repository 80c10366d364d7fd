"""What the supervisor says about meshes, each sentence by its code (`shared.wording`)."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.wording import Wording

IS_BLOCKED: Final = Wording(
    "fleet.is_blocked",
    "mesh {mesh_id} is blocked; first: meshvisor blocklist unblock {mesh_id}",
)
NOT_IN_ROOM: Final = Wording(
    "fleet.not_in_room",
    "the bot of {mesh_id} is not in its room; 'meshvisor meshes show {mesh_id}' says why",
)
ANOTHER_PLACE: Final = Wording("fleet.waits_for_place", "a place under fleet.max_processes")
SEEN_AGAIN: Final = Wording(
    "fleet.waits_for_discovery",
    "discovery to see it again, because the bot has left",
)
BLOCK_ENDS: Final = Wording("fleet.waits_for_block", "the end of its block")
AFTER_CRASH: Final = Wording("fleet.waits_after_crash", "the pause after a crash")
NEXT_TRY: Final = Wording("fleet.waits_for_try", "its next try after too many crashes")
ITS_TURN: Final = Wording("fleet.waits_for_turn", "its turn to connect")
NEXT_CONNECT: Final = Wording("fleet.waits_for_connect", "its next attempt to connect")
OTHER_CREDENTIALS: Final = Wording(
    "fleet.waits_for_credentials",
    "other credentials, because its account is not accepted",
)
OTHER_CLIENT: Final = Wording(
    "fleet.waits_for_client",
    "the other client that uses its account or device",
)
AFTER_KICK: Final = Wording("fleet.waits_after_kick", "the pause after it was kicked")
CARRIER: Final = Wording(
    "fleet.waits_for_carrier",
    "what carries it, which cannot be started and is tried again",
)
OPERATOR: Final = Wording("fleet.waits_for_operator", "an operator: meshvisor start {mesh_id}")
RECONNECTS: Final = Wording(
    "fleet.reconnects",
    "{mesh_id} connects again and again: {times} times in {minutes} minutes; see meshvisor logs "
    "{mesh_id}",
)
RECONNECTS_BECAUSE: Final = Wording(
    "fleet.reconnects_because",
    "{mesh_id} connects again and again: {times} times in {minutes} minutes, the last time: "
    "{why}; see meshvisor logs {mesh_id}",
)
MORE_RECONNECT: Final = Wording(
    "fleet.more_reconnect",
    "{count} more meshes connect again and again: meshvisor status --json",
)
