"""The night's work in one command that may be killed and goes on: what changed is matched anew, people hear what is new
to them, silent listings are asked about, common needs are looked for once a week, messages leave.

What is matched anew each night, in either direction: a record that changed since the night before; a record that a
changed record of the other kind finds among its twenty nearest; a record one of whose recommendations is no longer
published. Everything else keeps the recommendations it has.
"""
