"""What happens by itself: the timetable (`schedule.py`) and one file for each thing on it."""
