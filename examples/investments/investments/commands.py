"""What members and admins say in a chat.

Plain functions, which run in threads: the file may let them wait.
"""

from __future__ import annotations

from typing import Final

from meshvisor import CommandContext, User, command

from . import money
from .actions import today
from .book import Book, BookError
from .money import shown
from .plans import MILLION, PLANS

UNKNOWN: Final = "This network does not vouch for who you are, so nothing is done in your name."


@command("plans", help="The plans that are on offer")
def plans(_: CommandContext) -> str:
    """List the plans."""
    return "\n".join(
        f"{name}: {plan.daily_rate * 100 / MILLION:g} % a day for {plan.days} days, "
        f"{shown(plan.least)} to {shown(plan.most)}"
        for name, plan in PLANS.items()
    )


@command("join", help="Become a member, recommended by somebody: join @ann")
def join(ctx: CommandContext) -> str:
    """Add who asks for it."""
    if not ctx.user.authenticated:
        return UNKNOWN
    if len(ctx.args) > 1:
        return f"Who has recommended it? Like {ctx.prefix}join @ann, or nobody: {ctx.prefix}join"
    try:
        with Book() as book:
            referrer = named(ctx).id if ctx.args else None
            book.join(ctx.mesh_id, ctx.user_id, ctx.user_name, referrer)
    except BookError as error:
        return str(error)
    return f"Welcome! {ctx.prefix}plans shows what there is."


@command("deposit", admin=True, help="Credit what a member has paid in: deposit @ann 5000")
def deposit(ctx: CommandContext) -> str:
    """Credit it; that it was really paid in is for the admin to know."""
    if len(ctx.args) != 2:
        return f"To whom, and how much? Like {ctx.prefix}deposit @ann 5000"
    member = named(ctx)
    try:
        with Book() as book:
            book.deposit(ctx.mesh_id, member.id, money.read(ctx.args[1]))
            has = book.balance(ctx.mesh_id, member.id)
    except (BookError, ValueError) as error:
        return str(error)
    return f"{member.name} has {shown(has)} now."


@command("invest", help="Buy a plan with what you have: invest starter 1500")
def invest(ctx: CommandContext) -> str:
    """Buy a plan."""
    if not ctx.user.authenticated:
        return UNKNOWN
    if len(ctx.args) != 2:
        return f"Which plan, and how much? Like {ctx.prefix}invest starter 1500"
    plan, amount = ctx.args
    try:
        with Book() as book:
            paise = money.read(amount)
            bought = book.invest(ctx.mesh_id, ctx.user_id, plan, paise, today())
    except (BookError, ValueError) as error:
        return str(error)
    terms = bought.terms
    return (
        f"Investment {bought.id}: {shown(paise)} in {plan}. It pays {shown(terms.due(1, 0))} a day "
        f"from {bought.first_day} to {bought.last_day}, {shown(terms.owed(terms.days, 0))} in all."
    )


@command("balance", help="What you have, and your investments")
def balance(ctx: CommandContext) -> str:
    """Show what who asks for it has."""
    if not ctx.user.authenticated:
        return UNKNOWN
    try:
        with Book() as book:
            has = book.balance(ctx.mesh_id, ctx.user_id)
            own = book.investments(ctx.mesh_id, ctx.user_id)
    except BookError as error:
        return str(error)
    lines = [
        f"{one.plan} {one.id}: {shown(one.terms.owed(one.days_paid, 0))} of "
        f"{shown(one.terms.owed(one.terms.days, 0))} paid, until {one.last_day}"
        for one in own
    ]
    return "\n".join([f"You have {shown(has)}.", *lines])


def named(ctx: CommandContext) -> User:
    """Return the user whom the first argument means: mentioned, or, when they are away, by id."""
    return ctx.mentions[0] if ctx.mentions else User(ctx.args[0], ctx.args[0])
