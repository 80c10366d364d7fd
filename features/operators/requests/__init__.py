"""What the control socket can ask of operators.

Of every secret only its digest comes here, and of a password its hash: who asks makes them.
"""
