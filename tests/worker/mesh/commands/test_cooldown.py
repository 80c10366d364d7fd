"""Who has to wait before the next command."""

from __future__ import annotations

from meshvisor.worker.mesh.commands.cooldown import FORGET_ABOVE, Cooldown, Verdict


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Return the present."""
        return self.now


def test_first_command_runs_then_one_notice_then_silence() -> None:
    """Of many commands at once the first runs, the second gets a notice, the rest nothing."""
    cooldown = Cooldown(5, Time())
    verdicts = [cooldown.check("7") for _ in range(4)]
    assert verdicts == [Verdict.RUN, Verdict.NOTICE, Verdict.IGNORE, Verdict.IGNORE]


def test_after_the_time_is_over_it_runs_again() -> None:
    """The wait begins with the command that ran; early tries do not prolong it."""
    time = Time()
    cooldown = Cooldown(5, time)
    cooldown.check("7")
    time.now += 4.9
    assert cooldown.check("7") is Verdict.NOTICE
    assert 0 < cooldown.left("7") < 0.2
    time.now += 0.1
    assert cooldown.check("7") is Verdict.RUN
    assert cooldown.check("7") is Verdict.NOTICE


def test_users_do_not_wait_for_each_other() -> None:
    """Each user has a wait of their own."""
    cooldown = Cooldown(5, Time())
    assert [cooldown.check(user) for user in "abc"] == [Verdict.RUN] * 3


def test_zero_is_no_cooldown() -> None:
    """With 0 seconds no user waits and none is remembered."""
    cooldown = Cooldown(0, Time())
    assert [cooldown.check("7") for _ in range(3)] == [Verdict.RUN] * 3
    assert cooldown.left("7") == 0


def test_those_whose_time_is_over_are_forgotten() -> None:
    """A room where thousands pass by does not grow the worker."""
    time = Time()
    cooldown = Cooldown(1, time)
    for user in range(10 * FORGET_ABOVE):
        time.now += 0.5
        cooldown.check(str(user))
    assert len(cooldown._waits) <= FORGET_ABOVE


def test_a_crowd_is_not_gone_through_for_each_command() -> None:
    """Who still waits is looked at no more often than commands come: once each at the end."""
    looks = 0

    class Moment(float):
        def __le__(self, other: float) -> bool:
            nonlocal looks
            looks += 1
            return super().__le__(other)

        def __gt__(self, other: float) -> bool:
            nonlocal looks
            looks += 1
            return super().__gt__(other)

        def __add__(self, other: float) -> Moment:
            return Moment(float(self) + other)

    time = Time()
    cooldown = Cooldown(1000, lambda: Moment(time.now))
    for user in range(5000):
        time.now += 0.001
        assert cooldown.check(str(user)) is Verdict.RUN
    assert looks <= 2 * 5000


def test_who_comes_again_does_not_keep_the_others_remembered() -> None:
    """They are forgotten in the order in which their times are over."""
    time = Time()
    cooldown = Cooldown(5, time)
    for user in range(FORGET_ABOVE - 1):
        cooldown.check(str(user))
    time.now += 6
    cooldown.check("0")
    for number in range(10):
        cooldown.check(f"new {number}")
    assert cooldown.left("0") == 5
    assert len(cooldown._waits) <= FORGET_ABOVE
