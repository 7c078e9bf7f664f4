"""Sample recordings, rendered by the station's own simulator, with truth and calibration."""
