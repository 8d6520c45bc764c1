"""For tests, ours and yours.

``shapes`` draws solids and ``neuropil`` whole tissue whose centerlines are known; ``strategies``
draws small volumes with Hypothesis, which it needs installed.
"""
