"""The Python worker of mlengine: a version of a model that Python answers for, in a process of its own.

It runs on every Python that runtime versions have, 2.7 included, and needs nothing but its standard library besides
what the model itself needs.
"""
