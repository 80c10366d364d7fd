"""What is written about jobs, and the rules of it: functions on a connection, without any I/O else.

Each function takes a connection inside a transaction and the present moment, checks before it
writes, and leaves rows from which everything can go on after a crash.  Nothing here knows of
processes, chats or time passing by itself.
"""
