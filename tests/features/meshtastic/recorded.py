"""What real firmware (2.8.0-dev, simulated radios) said to a client, byte by byte."""

from __future__ import annotations

from typing import Final

WANT_CONFIG: Final = bytes.fromhex("18c0c407")

MY_INFO: Final = bytes.fromhex(
    "1a2608c28d9adc0d58f8eb01621080000000000b000000000000000000006a066e61746976657802"
)

NODE_INFO: Final = bytes.fromhex(
    "226408c28d9adc0d12450a0921646238363836633212064e6f646520311a024e3122060000000000002825422078"
    "b414f4ffed883fe2668cabb0aed032a08267454a83502e97ff15a93d8dc37c48001a00320f08651d00000000252f"
    "b7ff3d28870150017001"
)

METADATA: Final = bytes.fromhex("6a1b0a09322e382e302e6c61621019200140ab064825580160d67b7001")

CHANNEL: Final = bytes.fromhex("520d1209120101280130013a001801")

UNUSED_CHANNEL: Final = bytes.fromhex("520408071200")

COMPLETE: Final = bytes.fromhex("38c0c407")

SAY_HELLO: Final = bytes.fromhex(
    "0a2015ffffffff22120801120e68656c6c6f20e29880206d65736835111111114803"
)
"""To the radio: "hello ☀ mesh" to all."""

QUEUED: Final = bytes.fromhex("5a0a100f18102091a2c48801")

SENT: Final = bytes.fromhex("5a0a101018102091a2c48801")

HEARD_ON_AIR: Final = bytes.fromhex(
    "12210dc28686db15c28686db220b0805120218003511111111358c8baec85878a80105"
)

PONG: Final = bytes.fromhex(
    "126e0ded0536d115ffffffff225108011204706f6e673d1111111148015240"
    + "00" * 64
    + "3522222222480370017803a80105b00101"
)

TOO_LARGE: Final = bytes.fromhex("5a0c08071010181020b3e6cc9903")

TOO_LARGE_ROUTED: Final = bytes.fromhex(
    "121e0dc28686db15c28686db220b0805120218073533333333358d9beff65878"
)

HEARTBEAT: Final = bytes.fromhex("3a00")

ALIVE: Final = bytes.fromhex("5a0410101810")
