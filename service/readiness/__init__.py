"""Judges by the conversion policy whether a lead should become a deal, and gives the reasons."""
