"""The job runner: runs the actions of plug-ins, for one lane and in a process of its own."""
