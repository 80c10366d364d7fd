"""Pays the daily returns of investments, and commissions to those who have recommended them.

Name this package in `[plugins] modules`; the README beside it says how.

| module | owns |
| --- | --- |
| `money` | amounts: whole paise, read and written |
| `plans` | the plans, and what one owes on which day |
| `book`, `schema.sql` | the accounts, in a file of the plug-in's own |
| `payouts` | the daily payment, and the proof that it was right |
| `notices` | telling members what they have got |
| `actions` | what schedules run: `distribute_roi` and `audit_roi` |
| `commands` | what members and admins say in a chat |
"""

from __future__ import annotations

from . import actions, commands

__all__ = ["actions", "commands"]
