"""The audit log: who has changed what, from where and when."""
