"""The parts of ``dorsi record``: choosing, asking, keys, the session under way, its lines, its end."""
