"""What everybody may rely on is held in here: arrows between the rooms, stored events, described routes."""
