"""What Meshvisor claims, measured beside its peers in one run: `python -m benchmarks`.

Owns the harness, the neutral room server, the peers' set-up and the report.  Owns no part of the
product: Meshvisor is started here as an operator would start it, through its command.
"""
