"""What happens by itself: the timetable (`schedule.py`), when it is due (`due.py`), and one file for each job."""
