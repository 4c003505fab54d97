"""People's own data: taken along, erased when somebody has left, and deleted when its time is over."""
