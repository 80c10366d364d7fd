"""Our side of the rows of jobs: programs that measure the real engine, alone or with a real runner.

Each row runs one of them in a process of its own (`python -m benchmarks.job_programs`), as it runs
the programs of the peers (`benchmarks/peers/jobs_*.py`): the same arguments, an answer in JSON.
"""
