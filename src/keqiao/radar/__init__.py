"""The common-need radar: demands of several firms that ask for nearly the same, across counties and years, found by a
run that keeps a snapshot, and turned into one joint demand by an officer.
"""
