"""Words of other programs that mean a command about notifications."""

from __future__ import annotations

from typing import Final

from meshvisor.supervisor.cli.habits import Habits, words

HABITS: Final = Habits(
    words={
        "": words(
            notifications_notification_mail_email=(
                "'meshvisor notify' has notifications: send, list, channels, test"
            ),
        ),
        "notify": words(
            add_create_post_push="'meshvisor notify send TITLE' tells people something",
            ls_l_ps_history_log="'meshvisor notify list' shows what was sent",
            describe_inspect_info_get_status="'meshvisor notify show NUMBER' shows one",
            resend_requeue_redeliver="'meshvisor notify retry NUMBER' tries one anew",
            targets_services_urls="'meshvisor notify channels' shows the ways to people",
            check_ping_try="'meshvisor notify test CHANNEL' tries a channel",
        ),
    },
    harmful=frozenset(),
)
