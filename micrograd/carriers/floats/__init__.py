"""Python floats: functions that are accurate to a few units in the last place."""
