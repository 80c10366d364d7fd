"""The lines of IRC: they are read whatever they are, and written so that no text can break out."""

from __future__ import annotations

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from meshvisor.features.irc.wire import ctcp, sasl
from meshvisor.features.irc.wire.formatting import plain
from meshvisor.features.irc.wire.isupport import Support
from meshvisor.features.irc.wire.lines import LONGEST, LineReader, decoded
from meshvisor.features.irc.wire.message import Line, Source, parse, parse_source, written
from meshvisor.features.irc.wire.names import (
    MAPPINGS,
    check_channel,
    folded,
    is_nick,
    read_keys,
)
from meshvisor.features.irc.wire.times import seconds

WORDS = st.text(st.characters(exclude_characters=" \r\n\0:", exclude_categories=["Cs"]), min_size=1)
TEXTS = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]))
KEYS = st.from_regex(r"\+?[a-z][a-z./-]{0,10}", fullmatch=True)


# ---- Lines ---------------------------------------------------------------------------------------


@given(
    st.lists(st.binary(max_size=300).filter(lambda line: not set(b"\r\n") & set(line))), st.data()
)
def test_lines_come_out_however_they_are_cut(lines: list[bytes], data: st.DataObject) -> None:
    """A stream has the same lines wherever the network cuts it."""
    stream = b"".join(line + b"\r\n" for line in lines)
    reader, found = LineReader(), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += reader.feed(stream[:size])
        stream = stream[size:]
    assert found == [line for line in lines if line]
    assert reader.overlong == 0


def test_a_line_without_end_costs_nothing_but_itself() -> None:
    """However long it is, no more than a bound is kept, and the next line is read."""
    reader = LineReader()
    for _ in range(1000):
        assert reader.feed(b"x" * 1000) == []
        assert len(reader._rest) <= LONGEST
    assert reader.feed(b"tail\nPING :a\nPING :b\r\n") == [b"PING :a", b"PING :b"]
    assert reader.overlong == 1
    assert reader.feed(b"y" * (LONGEST + 1) + b"\nPING\n") == [b"PING"]
    assert reader.overlong == 2


@given(st.binary())
def test_bytes_of_any_encoding_are_text(line: bytes) -> None:
    """What is no UTF-8 is taken for what old clients write, and never refused."""
    text = decoded(line)
    if line.isascii():
        assert text == line.decode("ascii")


def test_old_letters() -> None:
    """UTF-8 is what it is, and anything else is that of Windows."""
    assert decoded("Grüße ☀".encode()) == "Grüße ☀"
    assert decoded("Grüße €".encode("cp1252")) == "Grüße €"


# ---- Messages ------------------------------------------------------------------------------------


@given(st.text())
@example("@")
@example(":")
@example("@a=b :c")
@example(" :")
def test_anything_is_read(text: str) -> None:
    """No line raises, and one that is read has a command."""
    line = parse(text)
    assert line is None or line.command


@given(WORDS, st.lists(WORDS, max_size=5), TEXTS, st.dictionaries(KEYS, TEXTS, max_size=4))
def test_what_is_written_is_read(
    command: str, middle: list[str], text: str, tags: dict[str, str]
) -> None:
    """Parameters and tags come back as they were, whatever is in them."""
    if command.startswith("@"):
        return
    line = parse(written(command, *middle, text, tags=tags))
    assert line == Line(command.upper(), (*middle, text), Source(""), tags)


@given(st.lists(st.text(), min_size=1, max_size=3), st.dictionaries(KEYS, st.text()))
def test_no_text_breaks_out(params: list[str], tags: dict[str, str]) -> None:
    """What people choose never ends a line and begins another."""
    line = written("PRIVMSG", *params, tags=tags)
    assert not set("\r\n\0") & set(line)


def test_tags() -> None:
    """Escapes are those of the standard; what is none is the character itself."""
    line = parse(r"@a=b\:c\s\\d\r\n;e;f=;+g/h=\x;i=z\ :n!u@h PRIVMSG #c :hi")
    assert line is not None
    assert line.tags == {"a": "b;c \\d\r\n", "e": "", "f": "", "+g/h": "x", "i": "z"}
    assert (line.source, line.command, line.params) == (
        Source("n", "u", "h"),
        "PRIVMSG",
        ("#c", "hi"),
    )


def test_params() -> None:
    """The last one may have blanks, colons, and be empty; several blanks are as good as one."""
    assert parse(":s 005  a   b :c :d ") == Line("005", ("a", "b", "c :d "), Source("s"))
    assert parse("TOPIC #c :") == Line("TOPIC", ("#c", ""))
    line = parse("X a")
    assert line is not None
    assert (line.param(0), line.param(1), line.text) == ("a", "", "a")


@given(WORDS.filter(lambda text: not set("!@") & set(text)), WORDS, WORDS)
def test_sources(nick: str, user: str, host: str) -> None:
    """A user name may have anything; a host has no `@`."""
    host = host.replace("@", "")
    if host:
        source = parse_source(f"{nick}!{user}@{host}")
        assert (source.nick, source.host, str(source)) == (nick, host, f"{nick}!{user}@{host}")
    assert parse_source("irc.example.org").mask == ""


# ---- Names ---------------------------------------------------------------------------------------


@given(st.text(), st.sampled_from([*MAPPINGS, "rfc8265", "?"]))
def test_folding_twice_changes_nothing(name: str, mapping: str) -> None:
    """What is folded is folded."""
    once = folded(name, mapping)
    assert folded(once, mapping) == once or mapping not in MAPPINGS


def test_case_mappings() -> None:
    """Each has the letters of its server."""
    assert folded("A[]\\^", "rfc1459") == "a{}|~"
    assert folded("A[]\\^", "rfc1459-strict") == "a{}|^"
    assert folded("A[]\\^", "ascii") == "a[]\\^"
    assert folded("ÄA", "ascii") == "Äa"


def test_nicks() -> None:
    """Every character that a server takes, and no other."""
    assert is_nick("aZ[]\\`_^{|}09-")
    assert not any(is_nick(name) for name in ("", "9a", "-a", "a b", "a!", "ä", "a\n", "#a", "a:"))


def test_channels_and_keys() -> None:
    """A name without a sign is one with a `#`; keys are pairs."""
    assert check_channel("lobby") == "#lobby"
    assert check_channel("&local") == "&local"
    assert read_keys("#a=x b=y=z") == {"#a": "x", "#b": "y=z"}
    for wrong in ("", "#a b", "a,b", "#" * 201, "a\x07"):
        with pytest.raises(ValueError, match="must be the name of a channel"):
            check_channel(wrong)
    with pytest.raises(ValueError, match="#channel=key"):
        read_keys("#a")


def test_isupport() -> None:
    """Tokens are read, taken back, and believed within reason."""
    support = Support()
    support.take(["me", "CASEMAPPING=ascii", "CHANTYPES=#", "PREFIX=(qaohv)~&@%+", "NICKLEN=16"])
    support.take(
        ["me", "TARGMAX=PRIVMSG:4,JOIN:,KICK:1", "BOT=B", "NETWORK=A\\x20B", "are supported"]
    )
    assert support.folded("[A") == "[a"
    assert (support.prefixes, support.number("NICKLEN", 9)) == ("~&@%+", 16)
    assert (support.targets_of_join, support.text("NETWORK")) == (0, "A B")
    support.take(["me", "TARGMAX=JOIN:2", "STATUSMSG=@+", "LINELEN=99999", "NICKLEN=many", "-BOT"])
    assert (support.targets_of_join, support.text("BOT")) == (2, "")
    assert (support.line_bytes, support.number("NICKLEN", 9)) == (4096, 9)
    assert support.without_status("@#lobby") == "#lobby"
    assert support.without_status("@nick") == "@nick"
    assert support.is_channel("#a")
    assert not support.is_channel("&a")


@given(st.lists(st.text()))
def test_any_isupport(params: list[str]) -> None:
    """Nothing that a server says of itself raises."""
    support = Support()
    support.take(params)
    assert support.line_bytes >= 512
    assert support.targets_of_join >= 0
    support.folded("a")
    support.is_channel(support.without_status("#a"))
    assert isinstance(support.prefixes, str)


# ---- Texts ---------------------------------------------------------------------------------------


def test_colours_are_taken_out() -> None:
    """What old clients draw with is not text; digits behind a colour are."""
    assert (
        plain("\x0304,12red\x03 \x02bold\x0f \x1dit\x1f \x04ff0000x\x16\x11\x1e") == "red bold it x"
    )
    assert plain("\x03123 \x0312,345") == "3 5"
    assert plain("no ☀ colours") == "no ☀ colours"


@given(st.text())
def test_plain_text_stays_plain(text: str) -> None:
    """Nothing that is drawn with remains."""
    assert not set("\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f") & set(plain(text))


def test_ctcp() -> None:
    """Its mark at the end may be missing, and no text brings one in."""
    assert ctcp.parse("\x01ACTION waves\x01") == ("ACTION", "waves")
    assert ctcp.parse("\x01version") == ("VERSION", "")
    assert ctcp.parse("hi \x01") is None
    assert ctcp.written("PING", "1\x012") == "\x01PING 12\x01"


@given(st.binary(max_size=2000))
def test_sasl_pieces(answer: bytes) -> None:
    """An answer of any length comes whole, and its end is known."""
    pieces = sasl.pieces(answer)
    assert all(len(piece) <= 400 for piece in pieces)
    assert len(pieces[-1]) < 400
    whole = "".join(pieces[:-1] if pieces[-1] == "+" else pieces)
    assert base64.b64decode(whole) == answer


def test_sasl_plain() -> None:
    """Whom to act as, who it is, and the password; none of them is cut at a letter."""
    assert sasl.plain("änn", "sëcret") == "änn\0änn\0sëcret".encode()


def test_times() -> None:
    """A time is believed only in the form that the standard has."""
    assert seconds("2026-11-30T10:00:00.250Z") == 1796032800.25
    assert [
        seconds(tag) for tag in ("", "Z", "x", "2026-11-30T10:00:00", "99999-01-01T00:00Z")
    ] == [None] * 5
