"""Notifications: people are told what happens while they do not watch, by mail, chat and others."""
