"""What a notification is, without a database: severity, quiet hours, templates, channels."""
