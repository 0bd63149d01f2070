"""Every promise of the three rooms is put to the test in here, room by room."""
