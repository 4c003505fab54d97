"""Measurements, each against a floor taken in the same run, for these machines are noisy."""
