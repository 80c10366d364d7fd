"""Notifications: what happens is sent to people who do not watch, by mail, chat and others."""
