"""Identify a laboratory's own spectra: a network that knows foreign material, calibrated, with its reasons."""
