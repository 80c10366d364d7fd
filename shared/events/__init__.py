"""The event log: what has happened that other parts may care about, in its order.

Owns the rows of `events` and the cursors of those who follow them.  Does not own what is done about
an event.  Code that changes something appends its event in the same transaction (`log.append`, or a
trigger of its own table); no subscriber is notified before the commit (`subscriptions`).  The kinds
are lists of the features (`kind`), and how long each is kept is looked after by `retention`.
"""
