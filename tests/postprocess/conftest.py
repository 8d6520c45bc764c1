from hypothesis import settings

# Oracles are slow, and slower on a busy machine; no test here is about time.
settings.register_profile("oracles", deadline=None)
settings.load_profile("oracles")
