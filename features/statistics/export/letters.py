"""Letters of five by nine points, for labels in pictures.

Owns their shapes, Latin, Cyrillic and Greek.  Two rows are below the base line.  A letter with an
accent is drawn without it; what is not here, such as a letter of another script, is drawn as a box.
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
    (
        "БГДЖЗИЛПФЦ",
        """\
##### #####   ##  # # #  ###  #   #   ### #####   #   #  #
#     #      # #  # # # #   # #   #  #  # #   #  ###  #  #
#     #      # #   ###      # #  ##  #  # #   # # # # #  #
####  #      # #    #     ##  # # #  #  # #   # # # # #  #
#   # #      # #   ###      # ##  #  #  # #   # # # # #  #
#   # #     ##### # # # #   # #   # #   # #   #  ###  #####
####  #     #   # # # #  ###  #   # #   # #   #   #       #
""",
    ),
    (
        "ЧШЩЪЫЬЭЮЯ",
        """\
#   # # # # # # # ##    #   #  #     ###  #  #   ####
#   # # # # # # #  #    #   #  #    #   # # # # #   #
#   # # # # # # #  #    #   #  #        # # # # #   #
 #### # # # # # #  ###  ##  #  ###   #### ### #  ####
    # # # # # # #  #  # # # #  #  #     # # # #   # #
    # # # # #####  #  # # # #  #  # #   # # # #  #  #
    # #####     #  ###  ##  #  ###   ###  #  #  #   #
""",
    ),
    (
        "ΔΘΛΞΣΨΩ",
        """\
  #    ###    #   ##### ##### # # #  ###
  #   #   #   #          #    # # # #   #
 # #  #   #  # #          #   # # # #   #
 # #  #####  # #   ###     #   ###  #   #
#   # #   # #   #         #     #    # #
#   # #   # #   #        #      #    # #
#####  ###  #   # ##### #####   #   ## ##
""",
    ),
    (
        "бдкмфцщ",
        """\
 ####
#
####    ##  #  #  #   #  ###  #  #  # # #
#   #  # #  # #   ## ## # # # #  #  # # #
#   #  # #  ##    # # # # # # #  #  # # #
#   #  # #  # #   #   #  ###  #  #  # # #
 ###  ##### #  #  #   #   #   ##### #####
      #   #               #       #     #
""",
    ),
)


def rows_of(letter: str) -> tuple[str, ...]:
    """Return the rows of a letter, each of `WIDTH` characters: a blank where there is no point."""
    plain = unicodedata.normalize("NFKD", letter)[:1]
    for one in (letter, plain):
        if found := _LETTERS.get(_ALIKE.get(one, one)):
            return found
    capital = plain.upper()
    found = _LETTERS.get(_ALIKE.get(capital, capital))
    return _UNKNOWN if found is None else _small(found)


# Private

_ALIKE: Final = {
    **dict(zip("ßøØłŁđĐı", "BoOlLdDi", strict=True)),
    **dict(zip("АВЕЄКМНОРСТУХЅІЈаеєорсухѕіј", "ABEEKMHOPCTYXSIJaeeopcyxsij", strict=True)),
    **dict(zip("ҐґΑΒΓΕΖΗΙΚΜΝΟΠΡΤΥΦΧ", "ГгABГEZHIKMNOПPTYФX", strict=True)),
    **dict(zip("αβγεηικμνορςτυφχω", "aByenikuvopstuфxw", strict=True)),
}
"""Latin letters that Unicode takes for whole, and Cyrillic and Greek ones that look like others."""

_SMALL: Final = (0, 2, 3, 4, 6)
"""Rows of a capital that make a small letter of it, as many do in Cyrillic and can in Greek."""

_UNKNOWN: Final = ("#####", *(5 * ("#   #",)), "#####", "     ", "     ")


def _small(capital: tuple[str, ...]) -> tuple[str, ...]:
    none = " " * WIDTH
    return (none, none, *(capital[row] for row in _SMALL), *capital[HEIGHT:])


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
