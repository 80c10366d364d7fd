"""What residents are called and what they say; data only."""

from __future__ import annotations

from typing import Final

HANDLES: Final = (
    "mila", "jonas", "aiko", "tomasz", "leila", "bruno", "saga", "kofi", "ines", "rafa",
    "noor", "piet", "yuki", "dario", "wanda", "oskar", "zuri", "emil", "tara", "luca",
)  # fmt: skip
"""Names of residents; a room has each at most once, then numbers follow."""

CHATTER: Final = (
    "anyone up for a film later?",
    "this soundtrack is so good",
    "wait, what did he just say?",
    "brb, tea",
    "that scene took them nine days to shoot apparently",
    "my connection is a bit slow today",
    "can we skip the credits?",
    "no spoilers please",
    "I have seen this one twice already",
    "who picked this? well done",
    "lol",
    "the ending still gets me",
    "is there a part two?",
    "volume is much better now",
    "same time tomorrow?",
    "I think we are two seconds apart, can you pause?",
    "popcorn is ready",
    "that is definitely filmed in Lisbon",
)
"""Said to the room."""

GREETINGS: Final = ("hi {handle}", "hey {handle} 👋", "welcome, {handle}!", "oh, {handle} is here")
"""Said when a user comes in."""

ANSWERS: Final = (
    "haha, true",
    "yes, I think so too",
    "hm, not sure about that",
    "good question!",
    "oh, I missed that",
    "let me think about it",
    "agreed",
)
"""Said to a peer that has spoken to the resident."""

THANKS: Final = ("thanks", "nice", "that was quick", "good to know", "👍")
"""Said after a bot has answered a command."""

GOODBYES: Final = ("bye all", "see you", "got to go", "off to bed, good night")
"""Said before leaving, sometimes."""

COMMANDS: Final = ("ping", "help")
"""Asked of bots, after the prefix."""
