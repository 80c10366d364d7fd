"""Who the bot is and who may do what: credentials, admins, permissions."""
