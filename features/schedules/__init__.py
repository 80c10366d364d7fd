"""Schedules: jobs at planned times."""
