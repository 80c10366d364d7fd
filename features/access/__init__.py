"""Access: account, admins, permissions, login."""
