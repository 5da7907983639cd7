"""The night's work in one command that may be killed and goes on: what changed is matched anew, people hear what is new
to them, silent listings are asked about, common needs are looked for once a week, messages leave.

What is matched anew each night, in each direction (demand and achievement both ways, demand to expert, demand to
demand): a record that changed since the night before; a record that a changed record of the other kind finds among its
twenty nearest; a record one of whose recommendations is no longer published. Everything else keeps the recommendations
it has. Experts are those of the expert finder, by the evidence of their works; a changed work counts as a change of its
authors.

Not meant: expert to demand, as a changed expert already reaches the demands he answers by the second rule and his
institute hears of it; enterprise, work and resource, whose pages are matched as they are asked for, because nobody
waits for news of a patent and every work would be told to somebody.
"""
