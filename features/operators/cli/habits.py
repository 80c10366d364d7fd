"""Words of other programs that mean a command about operators or tokens."""

from __future__ import annotations

from typing import Final

from meshvisor.supervisor.cli.habits import Habits, words

HABITS: Final = Habits(
    words={
        "": words(
            user_users_account_accounts="'meshvisor operators' is about those who use the console",
            tokens_apikey_apikeys="'meshvisor token' is about what programs use the console with",
        ),
        "operators": words(
            ls_show="'meshvisor operators list' shows them",
            add_create_new="'meshvisor operators invite' makes a link for a new operator",
            forgot_recover_renew="'meshvisor operators reset NAME' makes a link for a password",
            rm_delete_del="'meshvisor operators remove NAME' takes an operator's access away",
            grant_promote_chmod="'meshvisor operators role NAME ROLE' changes what they may do",
            logout_kick="'meshvisor operators sign-out NAME' ends their sessions",
        ),
        "token": words(
            create_new_make="'meshvisor token add NAME --scopes S1,S2' makes one",
            ls_show="'meshvisor token list' shows them",
            rm_remove_delete_del="'meshvisor token revoke NAME' makes it invalid",
        ),
    },
    harmful=frozenset({"remove", "revoke"}),
)
