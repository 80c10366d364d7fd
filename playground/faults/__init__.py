"""What can be made to go wrong on request, so that whoever keeps bots can be seen coping."""
