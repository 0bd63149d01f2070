"""A policy and what is known of a lead flow in, and out flows whether it should become a deal, with the reasons."""
