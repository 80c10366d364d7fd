"""`meshvisor init`: a home that is ready to run."""
