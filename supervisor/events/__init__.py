"""The event log of a home as the supervisor serves it.

Owns which kinds there are (those of all features), the subscribers' life, removing what was kept
long enough, and the answers to people (`reading`).  Does not own the log (`shared.events`).
"""
