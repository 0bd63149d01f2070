"""What aggregates decide is put to the test in here: given events, when a command, then events or a refusal."""
