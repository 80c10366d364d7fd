"""Words of other programs that mean a command about the account, admins or permissions."""

from __future__ import annotations

from typing import Final

from meshvisor.supervisor.cli.habits import Habits, words

HABITS: Final = Habits(
    words={
        "": words(
            admins_users_user="'meshvisor admin list' shows the admins",
            whoami_account="'meshvisor credentials show' shows the bot's account",
        ),
        "admin": words(
            ls_show_l="'meshvisor admin list' shows the admins",
            grant_create_new_set="'meshvisor admin add USER_ID' makes a user an admin",
            rm_delete_del_revoke_unset="'meshvisor admin remove USER_ID' ends it",
        ),
        "perm": words(
            ls_show_get_l="'meshvisor perm list' shows who may use what",
            add_grant_allow_deny_change="'meshvisor perm set COMMAND admin|user' decides it",
            rm_remove_delete_del_revoke_reset_clear="'meshvisor perm unset COMMAND' undoes it",
        ),
        "credentials": words(
            list_ls_get_print="'meshvisor credentials show' shows the account",
        ),
    },
    harmful=frozenset({"relogin", "remove", "unset", "keep"}),
)
