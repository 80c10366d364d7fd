"""The zygote: a small process that has loaded all worker code and forks every child."""
