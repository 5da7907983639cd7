"""The deal desk: a match followed to a conversation and a contract, with an owner, a next step and a promised day.

Cases and their parties, consent and confidentiality, messages, meetings and files, reminders and honest closure;
brokers and their year; liaison officers, service teams and their visits to firms.
"""
