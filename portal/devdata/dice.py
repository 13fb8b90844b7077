"""The chance that invents: the same for the same seed. Nothing secret comes of it: tokens are minted."""

from random import Random


class Dice(Random):
    """Random numbers of a seed, and yes or no."""

    def falls(self, share: float) -> bool:
        """Return True in this share of all cases."""
        return self.random() < share
