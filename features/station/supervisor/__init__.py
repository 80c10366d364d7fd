"""The station in the supervisor."""
