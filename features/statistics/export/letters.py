"""Letters of five by nine points, for labels in pictures.

Owns their shapes.  Two rows are below the base line.  A letter with an accent is drawn without it;
what is not here, such as a letter of another script, is drawn as a box.
"""

from __future__ import annotations

import unicodedata
from typing import Final

WIDTH: Final = 5
HEIGHT: Final = 7
"""Points above the base line."""

_ROWS: Final = HEIGHT + 2

_SHEETS: Final = (
    (
        "ABCDEFGHIJKLM",
        """\
 ###  ####   ###  ####  ##### #####  ###  #   #  ###    ### #   # #     #   #
#   # #   # #   # #   # #     #     #   # #   #   #      #  #  #  #     ## ##
#   # #   # #     #   # #     #     #     #   #   #      #  # #   #     # # #
##### ####  #     #   # ####  ####  # ### #####   #      #  ##    #     # # #
#   # #   # #     #   # #     #     #   # #   #   #      #  # #   #     #   #
#   # #   # #   # #   # #     #     #   # #   #   #   #  #  #  #  #     #   #
#   # ####   ###  ####  ##### #      ###  #   #  ###   ##   #   # ##### #   #
""",
    ),
    (
        "NOPQRSTUVWXYZ",
        """\
#   #  ###  ####   ###  ####   #### ##### #   # #   # #   # #   # #   # #####
##  # #   # #   # #   # #   # #       #   #   # #   # #   #  # #  #   #     #
# # # #   # #   # #   # #   # #       #   #   # #   # #   #   #    # #     #
# # # #   # ####  #   # ####   ###    #   #   # #   # # # #   #     #     #
#  ## #   # #     # # # # #       #   #   #   #  # #  # # #   #     #    #
#   # #   # #     #  #  #  #      #   #   #   #  # #  ## ##  # #    #   #
#   #  ###  #      ## # #   # ####    #    ###    #   #   # #   #   #   #####
""",
    ),
    (
        "abcdefghijklm",
        """\
      #               #         ##        #       #      #  #      ##
      #               #        #          #                 #       #
 ###  ####   ###   ####  ###  ###    #### ####   ##     ##  #  #    #   ## #
    # #   # #     #   # #   #  #    #   # #   #   #      #  # #     #   # # #
 #### #   # #     #   # #####  #    #   # #   #   #      #  ##      #   # # #
#   # #   # #     #   # #      #     #### #   #   #      #  # #     #   # # #
 #### ####   ###   ####  ###   #        # #   #  ###     #  #  #   ###  # # #
                                    #   #             #  #
                                     ###               ##
""",
    ),
    (
        "nopqrstuvwxyz",
        """\
                                     #
                                     #
####   ###  ####   #### # ##   #### ###   #   # #   # #   # #   # #   # #####
#   # #   # #   # #   # ##  # #      #    #   # #   # #   #  # #  #   #    #
#   # #   # #   # #   # #      ###   #    #   # #   # # # #   #   #   #   #
#   # #   # ####   #### #         #  #  # #  ##  # #  # # #  # #   ####  #
#   #  ###  #         # #     ####    ##   ## #   #    # #  #   #     # #####
            #         #                                           #   #
            #         #                                            ###
""",
    ),
    (
        "0123456789.,-",
        """\
 ###    #    ###  #####    #  #####  ###  #####  ###   ###
#   #  ##   #   #    #    ##  #     #         # #   # #   #
#  ##   #       #   #    # #  ####  #        #  #   # #   #
# # #   #      #     #  #  #      # ####    #    ###   ####             #####
##  #   #     #       # #####     # #   #   #   #   #     #
#   #   #    #    #   #    #  #   # #   #   #   #   #    #   ##    ##
 ###   ###  #####  ###     #   ###   ###    #    ###   ##    ##    ##
                                                                    #
                                                                   #
""",
    ),
    (
        ":_/~#!@+()[]'",
        """\
            #        # #   #   ###          #   #     ###   ###    #
  ##        #        # #   #  #   #   #    #     #    #       #    #
  ##       #   ##   #####  #  # ###   #   #       #   #       #   #
           #  # #    # #   #  # # # ##### #       #   #       #
  ##      #      ## #####     # ###   #   #       #   #       #
  ##      #          # #   #  #       #    #     #    #       #
    ##### #          # #   #   ####         #   #     ###   ###
""",
    ),
)


def rows_of(letter: str) -> tuple[str, ...]:
    """Return the rows of a letter, each of `WIDTH` characters: a blank where there is no point."""
    found = _LETTERS.get(letter)
    if found is None:
        plain = unicodedata.normalize("NFKD", letter)[:1]
        found = _LETTERS.get(_ALIKE.get(plain, plain), _UNKNOWN)
    return found


# Private

_ALIKE: Final = {"ß": "B", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i"}
"""Latin letters that Unicode takes for whole."""

_UNKNOWN: Final = ("#####", *(5 * ("#   #",)), "#####", "     ", "     ")


def _read() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {" ": (" " * WIDTH,) * _ROWS}
    for letters, drawn in _SHEETS:
        rows = [row.ljust(len(letters) * (WIDTH + 1)) for row in drawn.splitlines()]
        rows += [" " * len(rows[0])] * (_ROWS - len(rows))
        for number, letter in enumerate(letters):
            start = number * (WIDTH + 1)
            found[letter] = tuple(row[start : start + WIDTH] for row in rows)
    return found


_LETTERS: Final = _read()
