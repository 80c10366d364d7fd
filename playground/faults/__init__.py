"""What can be made to go wrong on request, so that a supervisor can be seen coping."""
