"""The source text of the models: where it is, which build runs, and what is made from the text.

A build can contain compiled modules beside the text (setup.py).  Whoever reads the kernels needs
nothing of this room.
"""
